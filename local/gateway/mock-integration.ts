import { UnsupportedError } from '../errors.ts'
import type { MockIntegration } from '../template/api-gateway.ts'
import type { RequestContext } from './events.ts'

/** Answers a message by templates alone. */
export type Mock = (context: RequestContext) => { statusCode: number; body: string }

type Template = (context: RequestContext) => string

// Of the template language: text and context variables. Everything else begins with # or $.
const PART = /\$\{context\.([\w.]+)\}|\$context\.(\w+(?:\.\w+)*)|([^$#]+)/y

/**
 * Reads a MOCK integration.
 *
 * @throws UnsupportedError when a template holds more than text and `$context` variables, or is
 * chosen by more than a constant
 */
export function parseMock(integration: MockIntegration): Mock {
  const { path, responses } = integration
  const requestTemplate = choose(integration.requestTemplates, integration, path)
  // `$default` is for what no expression fits, wherever the template lists it.
  const byPrecedence = responses.toSorted((a, b) => rank(a.key) - rank(b.key))
  const parsed = byPrecedence.map((response) => ({
    matches: parseResponseKey(response.key, path),
    template: choose(response.templates, response, path),
  }))
  return (context) => {
    const statusCode = readStatusCode(requestTemplate(context))
    const response = parsed.find(({ matches }) => matches(String(statusCode)))
    return response
      ? { statusCode, body: response.template(context) }
      : { statusCode: 500, body: '' }
  }
}

function choose(
  templates: Readonly<Record<string, string>>,
  { templateSelectionExpression }: { readonly templateSelectionExpression: string },
  path: string,
): Template {
  const key = templateSelectionExpression.replace(/^\\\$/, '$')
  const template = templates[key]
  if (template === undefined) {
    const keys = Object.keys(templates).join(', ') || 'none'
    throw new UnsupportedError(
      `${path}/TemplateSelectionExpression`,
      `only the name of a template is supported locally (there are: ${keys}), not ${key}`,
    )
  }
  return parseTemplate(template, path)
}

function parseTemplate(template: string, path: string): Template {
  const parts: Template[] = []
  PART.lastIndex = 0
  while (PART.lastIndex < template.length) {
    const position = PART.lastIndex
    const match = PART.exec(template)
    if (!match) {
      const found = template.slice(position, position + 20)
      throw new UnsupportedError(path, `templates hold text and $context locally, not ${found}`)
    }
    const [, braced, bare, text] = match
    const keys = (braced ?? bare)?.split('.')
    parts.push(keys ? (context) => read(context, keys) : () => text ?? '')
  }
  return (context) => parts.map((part) => part(context)).join('')
}

function read(context: RequestContext, keys: readonly string[]): string {
  let value: unknown = context
  for (const key of keys) {
    value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

function rank(key: string): number {
  return key === '$default' ? 1 : 0
}

/** `$default` fits every status code; `/200/` is a regular expression. */
function parseResponseKey(key: string, path: string): (statusCode: string) => boolean {
  if (key === '$default') return () => true
  try {
    const pattern = new RegExp(key.replace(/^\/(.*)\/$/, '$1'))
    return (statusCode) => pattern.test(statusCode)
  } catch {
    const reason = `${key} is no regular expression that is supported locally`
    throw new UnsupportedError(`${path}/IntegrationResponseKey`, reason)
  }
}

function readStatusCode(rendered: string): number {
  try {
    const value: unknown = JSON.parse(rendered)
    const isStatus = typeof value === 'object' && value !== null && 'statusCode' in value
    return isStatus && typeof value.statusCode === 'number' ? value.statusCode : 500
  } catch {
    return 500
  }
}
