import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import { newTraceRoot } from '../functions/trace-header.ts'
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
  /** What the authorizer has said of it: in every event from then on. */
  readonly authorizer?: Readonly<Record<string, string>>
}

/** What the gateway knows of its API. */
export interface StageInfo {
  readonly apiId: string
  readonly stageName: string
  readonly stageVariables: Readonly<Record<string, string>> | undefined
}

/** One request as it arrives: all that is said of it names the same id and time. */
export interface Arrival {
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
}

export type RequestContext = Readonly<Record<string, unknown>> & { readonly requestId: string }

/** An event for a Lambda, with the requestContext that a MOCK integration's templates read. */
export interface GatewayEvent {
  readonly requestContext: RequestContext
  readonly [property: string]: unknown
}

// X-Forwarded-For is put in again, with the client's address.
const LEFT_OUT_HEADERS = new Set(['x-forwarded-for'])
const LEFT_OUT_OF_CONNECT = new Set([
  ...LEFT_OUT_HEADERS,
  'connection',
  'upgrade',
  'content-length',
])

/** Makes the events that functions get from one stage. */
export class Events {
  readonly #stage: StageInfo
  readonly #clock: Clock

  constructor(stage: StageInfo, clock: Clock) {
    this.#stage = stage
    this.#clock = clock
  }

  /** A request that arrives now. */
  arrival(): Arrival {
    return { requestId: newId(), arrivedAt: Math.trunc(this.#clock.now()) }
  }

  connect(
    connection: ConnectionInfo,
    request: IncomingMessage,
    arrival = this.arrival(),
  ): GatewayEvent {
    const query = queryOf(request)
    return {
      ...this.#requestHeaders(connection, request, LEFT_OUT_OF_CONNECT),
      ...(query.length > 0 && queryParameters(query)),
      ...this.#stageVariables(),
      requestContext: this.connectContext(connection, arrival),
      isBase64Encoded: false,
    }
  }

  /** @param methodArn what the authorizer is asked about */
  authorizer(
    connection: ConnectionInfo,
    request: IncomingMessage,
    methodArn: string,
    arrival = this.arrival(),
  ): GatewayEvent {
    return {
      type: 'REQUEST',
      methodArn,
      ...this.#requestHeaders(connection, request, LEFT_OUT_HEADERS),
      ...queryParameters(queryOf(request)),
      stageVariables: {},
      ...this.#stageVariables(),
      requestContext: this.connectContext(connection, arrival),
    }
  }

  /** @param routeKey undefined when no route takes the message */
  message(connection: ConnectionInfo, routeKey: string | undefined, body: string): GatewayEvent {
    const requestContext = this.#context(connection, this.arrival(), {
      ...(routeKey !== undefined && { routeKey }),
      messageId: newId(),
      eventType: 'MESSAGE',
    })
    return { ...this.#stageVariables(), requestContext, isBase64Encoded: false, body }
  }

  disconnect(connection: ConnectionInfo, code: number, reason: string): GatewayEvent {
    const headers = [
      ['Host', connection.domainName],
      ['x-api-key', ''],
      ['X-Forwarded-For', ''],
      ['x-restapi', ''],
    ] as const
    return {
      ...singleAndMulti('headers', 'multiValueHeaders', headers),
      ...this.#stageVariables(),
      requestContext: this.#context(connection, this.arrival(), {
        routeKey: '$disconnect',
        disconnectStatusCode: code,
        eventType: 'DISCONNECT',
        disconnectReason: reason,
      }),
      isBase64Encoded: false,
    }
  }

  connectContext(connection: ConnectionInfo, arrival: Arrival): RequestContext {
    return this.#context(connection, arrival, { routeKey: '$connect', eventType: 'CONNECT' })
  }

  #stageVariables(): Pick<StageInfo, 'stageVariables'> | undefined {
    const { stageVariables } = this.#stage
    return stageVariables && { stageVariables }
  }

  #context(
    connection: ConnectionInfo,
    { requestId, arrivedAt }: Arrival,
    context: Readonly<Record<string, unknown>>,
  ): RequestContext {
    const { sourceIp, userAgent, connectedAt, connectionId, domainName, authorizer } = connection
    const { stageName, apiId } = this.#stage
    return {
      ...context,
      ...(authorizer && { authorizer }),
      extendedRequestId: requestId,
      requestTime: requestTime(new Date(arrivedAt)),
      messageDirection: 'IN',
      stage: stageName,
      connectedAt,
      requestTimeEpoch: arrivedAt,
      identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
      requestId,
      domainName,
      connectionId,
      apiId,
    }
  }

  /** What the client sent, and what API Gateway adds to it. */
  #requestHeaders(
    connection: ConnectionInfo,
    request: IncomingMessage,
    leftOut: ReadonlySet<string>,
  ): Record<string, unknown> {
    const secure = 'encrypted' in request.socket
    return singleAndMulti('headers', 'multiValueHeaders', [
      ...clientHeaders(request, leftOut),
      ['X-Amzn-Trace-Id', `Root=${newTraceRoot(this.#clock.now())}`],
      ['X-Forwarded-For', forwardedFor(request, connection)],
      ['X-Forwarded-Port', String(request.socket.localPort)],
      ['X-Forwarded-Proto', secure ? 'https' : 'http'],
    ])
  }
}

function clientHeaders(
  { rawHeaders }: IncomingMessage,
  leftOut: ReadonlySet<string>,
): [string, string][] {
  const headers: [string, string][] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!leftOut.has(name.toLowerCase())) headers.push([name, rawHeaders[index + 1] ?? ''])
  }
  return headers
}

/** API Gateway adds the address that it sees to whatever list the client sent. */
function forwardedFor(request: IncomingMessage, { sourceIp }: ConnectionInfo): string {
  const before = request.headers['x-forwarded-for']
  return [...(before === undefined ? [] : [before].flat()), sourceIp].join(', ')
}

/** The query's names and values, decoded and in order. */
export function queryOf(request: IncomingMessage): [string, string][] {
  return [...new URL(request.url ?? '/', 'http://localhost').searchParams]
}

function queryParameters(query: readonly [string, string][]): Record<string, unknown> {
  return singleAndMulti('queryStringParameters', 'multiValueQueryStringParameters', query)
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
export function requestTime(date: Date): string {
  const [, day, month, year, time] = /, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString()) ?? []
  return `${day}/${month}/${year}:${time} +0000`
}
