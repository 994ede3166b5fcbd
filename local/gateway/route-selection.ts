import { UnsupportedError } from '../errors.ts'

/** A route selection expression, ready to be applied to messages. */
export type RouteSelector = (body: string) => string

/** Routes that events of a connection take, and no message of a client. */
const LIFECYCLE_ROUTES = new Set(['$connect', '$disconnect'])

const DEFAULT_ROUTE = '$default'

// A variable with or without braces, an escaped dollar, or text.
const PART = /\$\{request\.body\.([\w.-]+)\}|\$request\.body\.([\w.-]+)|\\(\$)|([^$\\]+)/y

/**
 * Reads an expression such as `$request.body.action`, `${request.body.type}/${request.body.name}`
 * or `\$default`.
 *
 * @throws UnsupportedError for any other kind of variable
 */
export function parseRouteSelection(expression: string): RouteSelector {
  const parts: ((body: unknown) => string)[] = []
  PART.lastIndex = 0
  while (PART.lastIndex < expression.length) {
    const match = PART.exec(expression)
    if (!match) {
      const reason = `only $request.body variables are supported locally, not ${expression}`
      throw new UnsupportedError('RouteSelectionExpression', reason)
    }
    const [, braced, bare, dollar, literal] = match
    const path = (braced ?? bare)?.split('.')
    parts.push(path ? (body) => read(body, path) : () => dollar ?? literal ?? '')
  }
  return (body) => {
    const parsed = parseJson(body)
    if (parsed === undefined) return DEFAULT_ROUTE
    return parts.map((part) => part(parsed)).join('')
  }
}

/** The route that takes a message, or undefined when there is none, not even `$default`. */
export function findRoute<Route>(
  routes: ReadonlyMap<string, Route>,
  key: string,
): Route | undefined {
  const route = LIFECYCLE_ROUTES.has(key) ? undefined : routes.get(key)
  return route ?? routes.get(DEFAULT_ROUTE)
}

/** What a path leads to, as text; '' when it leads nowhere. */
function read(body: unknown, path: readonly string[]): string {
  let value = body
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return ''
    value = Reflect.get(value, key)
  }
  if (value === null) return ''
  return typeof value === 'string' ? value : stringForm(value)
}

/** '' for what is nested so deeply that it has none: `JSON.parse` goes deeper than the stack. */
function stringForm(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return ''
  }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
