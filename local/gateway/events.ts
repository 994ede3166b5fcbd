import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { newId } from './ids.ts'

/** What the gateway knows of a connection, from its handshake. */
export interface ConnectionInfo {
  readonly connectionId: string
  /** Milliseconds since 1970. */
  readonly connectedAt: number
  readonly sourceIp: string
  readonly userAgent: string | undefined
  /** The host that the client asked for. */
  readonly domainName: string
}

/** What the gateway knows of its API. */
export interface StageInfo {
  readonly apiId: string
  readonly stageName: string
  readonly stageVariables: Readonly<Record<string, string>> | undefined
}

export type RequestContext = Readonly<Record<string, unknown>> & { readonly requestId: string }

/** An event for a Lambda, with the requestContext that a MOCK integration's templates read. */
export interface GatewayEvent {
  readonly requestContext: RequestContext
  readonly [property: string]: unknown
}

// X-Forwarded-For is put in again, with the client's address.
const LEFT_OUT_HEADERS = new Set(['connection', 'upgrade', 'content-length', 'x-forwarded-for'])

export function connectEvent(
  stage: StageInfo,
  connection: ConnectionInfo,
  request: IncomingMessage,
): GatewayEvent {
  const headers = clientHeaders(request)
  headers.push(['X-Amzn-Trace-Id', traceId()])
  headers.push(['X-Forwarded-For', forwardedFor(request, connection)])
  headers.push(['X-Forwarded-Port', String(request.socket.localPort)])
  headers.push(['X-Forwarded-Proto', 'http'])
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost')
  return {
    ...singleAndMulti('headers', 'multiValueHeaders', headers),
    ...(searchParams.size > 0 &&
      singleAndMulti('queryStringParameters', 'multiValueQueryStringParameters', [
        ...searchParams,
      ])),
    ...common(stage, connection, { routeKey: '$connect', eventType: 'CONNECT' }),
  }
}

export function messageEvent(
  stage: StageInfo,
  connection: ConnectionInfo,
  routeKey: string,
  body: string,
): GatewayEvent {
  const context = { routeKey, messageId: newId(), eventType: 'MESSAGE' }
  return { ...common(stage, connection, context), body }
}

export function disconnectEvent(
  stage: StageInfo,
  connection: ConnectionInfo,
  code: number,
  reason: string,
): GatewayEvent {
  const headers = [
    ['Host', connection.domainName],
    ['x-api-key', ''],
    ['X-Forwarded-For', ''],
    ['x-restapi', ''],
  ] as const
  return {
    ...singleAndMulti('headers', 'multiValueHeaders', headers),
    ...common(stage, connection, {
      routeKey: '$disconnect',
      disconnectStatusCode: code,
      eventType: 'DISCONNECT',
      disconnectReason: reason,
    }),
  }
}

function common(
  stage: StageInfo,
  connection: ConnectionInfo,
  context: Readonly<Record<string, unknown>>,
): GatewayEvent {
  const { sourceIp, userAgent, connectedAt, connectionId, domainName } = connection
  const requestId = newId()
  const now = new Date()
  return {
    ...(stage.stageVariables && { stageVariables: stage.stageVariables }),
    requestContext: {
      ...context,
      extendedRequestId: requestId,
      requestTime: requestTime(now),
      messageDirection: 'IN',
      stage: stage.stageName,
      connectedAt,
      requestTimeEpoch: now.getTime(),
      identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
      requestId,
      domainName,
      connectionId,
      apiId: stage.apiId,
    },
    isBase64Encoded: false,
  }
}

function clientHeaders({ rawHeaders }: IncomingMessage): [string, string][] {
  const headers: [string, string][] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!LEFT_OUT_HEADERS.has(name.toLowerCase())) headers.push([name, rawHeaders[index + 1] ?? ''])
  }
  return headers
}

/** API Gateway adds the address that it sees to whatever list the client sent. */
function forwardedFor(request: IncomingMessage, { sourceIp }: ConnectionInfo): string {
  const before = request.headers['x-forwarded-for']
  return [...(before === undefined ? [] : [before].flat()), sourceIp].join(', ')
}

/** The two forms in which events carry named values: the last of each name, and all of them. */
function singleAndMulti(
  single: string,
  multi: string,
  pairs: readonly (readonly [string, string])[],
): Record<string, unknown> {
  const all = new Map<string, string[]>()
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value])
  return { [single]: Object.fromEntries(pairs), [multi]: Object.fromEntries(all) }
}

/** `09/Feb/2024:18:11:43 +0000` */
function requestTime(date: Date): string {
  const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString()) ?? []
  return `${day}/${month}/${year}:${time} +0000`
}

function traceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`
}
