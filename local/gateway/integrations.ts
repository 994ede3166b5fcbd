import type { Clock } from '../clock.ts'
import { asJsonObject } from '../json.ts'
import type { ApiDefinition, LambdaIntegration, RouteDefinition } from '../template/api-gateway.ts'
import type { Outcome } from './access-log.ts'
import type { GatewayEvent } from './events.ts'
import type { FunctionCaller } from './function-caller.ts'
import {
  INTEGRATION_FAILURE,
  INTEGRATION_TIMEOUT,
  NOT_ALLOWED,
  type GatewayError,
} from './gateway-error.ts'
import { parseMock, type Mock } from './mock-integration.ts'

/** How an integration ended, and what there is to log of it. */
export type IntegrationResult = IntegrationEnding & { readonly outcome: Outcome }

type IntegrationEnding =
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
  readonly #clock: Clock
  readonly #mocks = new Map<RouteDefinition, Mock>()

  /** @throws UnsupportedError for a MOCK integration with more than simple templates */
  constructor(api: ApiDefinition, caller: FunctionCaller, clock: Clock) {
    this.#api = api
    this.#caller = caller
    this.#clock = clock
    for (const route of api.routes.values()) {
      if (route.integration.type === 'MOCK') this.#mocks.set(route, parseMock(route.integration))
    }
  }

  async run(route: RouteDefinition, event: GatewayEvent): Promise<IntegrationResult> {
    const { integration } = route
    if (integration.type === 'MOCK') {
      const ending = this.#mock(route, event)
      return { ...ending, outcome: { status: statusOf(ending) } }
    }
    const started = this.#clock.now()
    const ending = await this.#callFunction(route.routeKey, integration, event)
    const answered = ending.kind === 'response' || ending.kind === 'failed'
    const outcome = {
      status: statusOf(ending),
      // Of an invocation, whatever the function then does.
      lambdaStatus: answered ? 200 : undefined,
      latencyMs: Math.round(this.#clock.now() - started),
      error: failureOf(ending)?.message,
    }
    return { ...ending, outcome }
  }

  #mock(route: RouteDefinition, event: GatewayEvent): IntegrationEnding {
    const response = this.#mocks.get(route)?.(event.requestContext)
    return response ? { kind: 'response', headers: new Map(), ...response } : { kind: 'failed' }
  }

  async #callFunction(
    routeKey: string,
    integration: LambdaIntegration,
    event: GatewayEvent,
  ): Promise<IntegrationEnding> {
    const { functionArn, credentialsArn, timeoutMs } = integration
    const { apiId, stageName } = this.#api
    const source = `${apiId}/${stageName}/${routeKey}`
    const call = { functionArn, credentialsArn, source, event, timeoutMs }
    const result = await this.#caller.call(call)
    if (result === 'notAllowed' || result === 'timedOut') return { kind: result }
    return result.ok ? readResponse(result.payload) : { kind: 'failed' }
  }
}

/** What the gateway says in place of the integration; undefined when that has answered. */
export function failureOf({ kind }: IntegrationEnding): GatewayError | undefined {
  switch (kind) {
    case 'response':
      return undefined
    case 'notAllowed':
      return NOT_ALLOWED
    case 'failed':
      return INTEGRATION_FAILURE
    case 'timedOut':
      return INTEGRATION_TIMEOUT
  }
}

function statusOf(ending: IntegrationEnding): number | undefined {
  return ending.kind === 'response' ? ending.statusCode : undefined
}

function readResponse(payload: string): IntegrationEnding {
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
