import { asJsonObject } from '../json.ts'
import type { AccessLogDefinition } from '../template/access-log.ts'
import type { Trace } from '../trace.ts'
import type { RequestContext } from './events.ts'
import type { GatewayError } from './gateway-error.ts'

/** How a call to a function went, or the answer of a MOCK integration. */
export interface Outcome {
  /** What the function's answer says; undefined when it says none. */
  readonly status?: number | undefined
  /** Lambda's own; undefined when Lambda did not answer, or was not asked. */
  readonly lambdaStatus?: number | undefined
  /** Undefined when nothing was called. */
  readonly latencyMs?: number | undefined
  readonly error?: string | undefined
}

/** What is to be said of a handshake, a message or a disconnect. */
export interface Access {
  /** As the functions see it. */
  readonly requestContext: RequestContext
  readonly status: number
  /** Undefined when it was not asked. */
  readonly authorizer?: Outcome | undefined
  /** Undefined when none ran. */
  readonly integration?: Outcome | undefined
  /** Undefined when an integration has answered. */
  readonly error?: GatewayError | undefined
}

/** What stands for a variable that is not known, or has no value here. */
const ABSENT = '-'

const VARIABLE = /\$context\.(\w+(?:\.\w+)*)/g

/** "Configure logging for WebSocket APIs": the variables that the events have, too. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set([
  'apiId',
  'connectedAt',
  'connectionId',
  'domainName',
  'eventType',
  'extendedRequestId',
  'messageDirection',
  'messageId',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'routeKey',
  'stage',
])

/** The other variables of the same list, as far as they can have a value here. */
const OTHERS: ReadonlyMap<string, (access: Access) => unknown> = new Map([
  ['status', ({ status }) => status],
  ['identity.sourceIp', ({ requestContext }) => identity(requestContext)['sourceIp']],
  ['identity.userAgent', ({ requestContext }) => identity(requestContext)['userAgent']],
  ['authorizer.error', ({ authorizer }) => authorizer?.error],
  ['authorizer.integrationLatency', ({ authorizer }) => authorizer?.latencyMs],
  ['authorizer.integrationStatus', ({ authorizer }) => authorizer?.lambdaStatus],
  ['authorizer.latency', ({ authorizer }) => authorizer?.latencyMs],
  ['authorizer.status', ({ authorizer }) => authorizer?.status],
  ['integrationLatency', ({ integration }) => integration?.latencyMs],
  ['integrationStatus', ({ integration }) => integration?.status],
  ['integrationErrorMessage', ({ integration }) => integration?.error],
  ['integration.error', ({ integration }) => integration?.error],
  ['integration.integrationStatus', ({ integration }) => integration?.lambdaStatus],
  ['integration.latency', ({ integration }) => integration?.latencyMs],
  ['integration.status', ({ integration }) => integration?.status],
  ['error.message', ({ error }) => error?.message],
  ['error.messageString', ({ error }) => error && JSON.stringify(error.message)],
  ['error.responseType', ({ error }) => error?.responseType],
])

const AUTHORIZER_PROPERTY = /^authorizer\.(\w+)$/

/** A stage's access log: one line for each handshake, message and disconnect. */
export class AccessLog {
  readonly #definition: AccessLogDefinition
  readonly #trace: Trace

  constructor(definition: AccessLogDefinition, trace: Trace) {
    this.#definition = definition
    this.#trace = trace
  }

  write(access: Access): void {
    const { logGroupName, format } = this.#definition
    const line = render(format, access)
    this.#trace.record({ kind: 'log', source: 'access', logGroupName, line })
  }
}

/** A format with its variables replaced. Values are put in as they are, also between quotes. */
export function render(format: string, access: Access): string {
  return format.replace(VARIABLE, (_, name: string) => {
    const value = valueOf(name, access)
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ABSENT
  })
}

function valueOf(name: string, access: Access): unknown {
  const { requestContext } = access
  if (OF_THE_REQUEST.has(name)) return requestContext[name]
  const other = OTHERS.get(name)
  if (other) return other(access)
  const [, property] = AUTHORIZER_PROPERTY.exec(name) ?? []
  return property && asJsonObject(requestContext['authorizer'])[property]
}

function identity(requestContext: RequestContext): Readonly<Record<string, unknown>> {
  return asJsonObject(requestContext['identity'])
}
