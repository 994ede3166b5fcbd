import { asJsonObject } from '../json.ts'
import type { ApiDefinition, RouteDefinition } from '../template/api-gateway.ts'
import type { GatewayEvent } from './events.ts'
import type { FunctionCaller } from './function-caller.ts'
import { parseMock, type Mock } from './mock-integration.ts'

/** How an integration ended. */
export type IntegrationResult =
  | {
      readonly kind: 'response'
      /** Undefined when the function returned no number for it. */
      readonly statusCode: number | undefined
      readonly headers: ReadonlyMap<string, string>
      /** '' when there is none. */
      readonly body: string
    }
  /** No permission lets this route invoke the function. */
  | { readonly kind: 'notAllowed' }
  /** The function threw, or returned a body that is not text. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'timedOut' }

/** Runs what stands behind the routes of one API. */
export class Integrations {
  readonly #api: ApiDefinition
  readonly #caller: FunctionCaller
  readonly #mocks = new Map<RouteDefinition, Mock>()

  /** @throws UnsupportedError for a MOCK integration with more than simple templates */
  constructor(api: ApiDefinition, caller: FunctionCaller) {
    this.#api = api
    this.#caller = caller
    for (const route of api.routes.values()) {
      if (route.integration.type === 'MOCK') this.#mocks.set(route, parseMock(route.integration))
    }
  }

  async run(route: RouteDefinition, event: GatewayEvent): Promise<IntegrationResult> {
    const { routeKey, integration } = route
    if (integration.type === 'MOCK') {
      const response = this.#mocks.get(route)?.(event.requestContext)
      return response ? { kind: 'response', headers: new Map(), ...response } : { kind: 'failed' }
    }
    const { functionArn, credentialsArn, timeoutMs } = integration
    const { apiId, stageName } = this.#api
    const source = `${apiId}/${stageName}/${routeKey}`
    const call = { functionArn, credentialsArn, source, event, timeoutMs }
    const result = await this.#caller.call(call)
    if (result === 'notAllowed' || result === 'timedOut') return { kind: result }
    return result.ok ? readResponse(result.payload) : { kind: 'failed' }
  }
}

function readResponse(payload: string): IntegrationResult {
  const value: unknown = JSON.parse(payload)
  const { statusCode, headers, body } = asJsonObject(value)
  if (body !== undefined && body !== null && typeof body !== 'string') return { kind: 'failed' }
  return {
    kind: 'response',
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    headers: readHeaders(headers),
    body: body ?? '',
  }
}

/**
 * By lower-case names. What is a list or an object has no text: not every one can be made one. A
 * line break would begin another header.
 */
function readHeaders(headers: unknown): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const [name, value] of Object.entries(asJsonObject(headers))) {
    if (typeof value === 'object') continue
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    texts.set(name.toLowerCase(), text.replace(/[\r\n]+/g, ' '))
  }
  return texts
}
