import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ApiDefinition } from '../template/api-gateway.ts'
import type { Access } from './access-log.ts'
import { Authorizer, type AuthorizerProps } from './authorizer.ts'
import type { Arrival, ConnectionInfo } from './events.ts'
import {
  BAD_REQUEST,
  FORBIDDEN,
  INTEGRATION_FAILURE,
  TOO_MANY_REQUESTS,
  URI_TOO_LONG,
  type GatewayError,
} from './gateway-error.ts'
import { newId } from './ids.ts'
import { failureOf, type IntegrationResult, type Integrations } from './integrations.ts'
import type { StagePaths } from './stage-paths.ts'
import type { Throttles } from './throttles.ts'

/** Whether a handshake goes on, and what there is to log of it. */
export interface Verdict {
  readonly accepted: boolean
  /** Of `$connect`; when it is refused, what the client sees. */
  readonly status: number
  /** What `$connect` returned as Sec-WebSocket-Protocol. */
  readonly subprotocol?: string | undefined
  /** With what the authorizer added. */
  readonly info: ConnectionInfo
  readonly outcomes: Pick<Access, 'authorizer' | 'integration' | 'error'>
}

/** The longest URL (H15). */
const MAX_URL_LENGTH = 4096

export interface HandshakeProps extends AuthorizerProps {
  readonly integrations: Integrations
  readonly paths: StagePaths
  readonly throttles: Throttles
}

/** Decides who may connect, as API Gateway does before there is a WebSocket. */
export class Handshake {
  readonly #props: HandshakeProps
  readonly #api: ApiDefinition
  readonly #authorizer: Authorizer | undefined

  constructor(props: HandshakeProps) {
    this.#props = props
    this.#api = props.api
    const definition = props.api.routes.get('$connect')?.authorizer
    this.#authorizer = definition && new Authorizer(definition, props)
  }

  async admit(info: ConnectionInfo, request: IncomingMessage, arrival: Arrival): Promise<Verdict> {
    const error = this.#refusal(request)
    if (error) return refusal(error, info)
    const authorization = await this.#authorizer?.authorize(info, request, arrival)
    const authorizer = authorization?.outcome
    if (authorization?.allowed === false) return refusal(authorization.error, info, { authorizer })
    const known = authorization ? { ...info, authorizer: authorization.context } : info
    const route = this.#api.routes.get('$connect')
    if (!route) return { accepted: true, status: 200, info: known, outcomes: { authorizer } }
    const { integrations, events } = this.#props
    const result = await integrations.run(route, events.connect(known, request, arrival))
    return judge(result, known, { authorizer, integration: result.outcome })
  }

  /** Why a handshake is refused before any function runs. */
  #refusal(request: IncomingMessage): GatewayError | undefined {
    if (isTooLong(request.url)) return URI_TOO_LONG
    if (!this.#props.paths.isStage(request)) return FORBIDDEN
    if (!isWebSocketHandshake(request)) return BAD_REQUEST
    return this.#props.throttles.admitsConnection() ? undefined : TOO_MANY_REQUESTS
  }
}

export function isTooLong(url = ''): boolean {
  return url.length > MAX_URL_LENGTH
}

/** 16 bytes in base64. */
const KEY = /^[+/0-9A-Za-z]{22}==$/

/** A token (RFC 9110, 5.6.2). */
const SUBPROTOCOL = /^[!#$%&'*+.^`|~\w-]+$/

/** Whether `ws` will complete it, so that `$connect` never runs for a connection that cannot be. */
function isWebSocketHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    KEY.test(headers['sec-websocket-key'] ?? '') &&
    ['8', '13'].includes(headers['sec-websocket-version'] ?? '') &&
    areSubprotocols(headers['sec-websocket-protocol'])
  )
}

/** None, or a list of tokens, each of them once. */
function areSubprotocols(header: string | undefined): boolean {
  if (header === undefined) return true
  const names = header.split(',').map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ''))
  return new Set(names).size === names.length && names.every((name) => SUBPROTOCOL.test(name))
}

export function readConnectionInfo(request: IncomingMessage, connectedAt: number): ConnectionInfo {
  return {
    connectionId: newId(),
    connectedAt,
    sourceIp: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'],
    domainName: request.headers.host ?? 'localhost',
  }
}

/** What the outcome of the `$connect` integration means for the handshake. */
function judge(
  result: IntegrationResult,
  info: ConnectionInfo,
  outcomes: Verdict['outcomes'],
): Verdict {
  if (result.kind !== 'response') {
    return refusal(failureOf(result) ?? INTEGRATION_FAILURE, info, outcomes)
  }
  const { statusCode: status, headers } = result
  if (!isFinalStatus(status)) return refusal(INTEGRATION_FAILURE, info, outcomes)
  if (status > 299) return { accepted: false, status, info, outcomes }
  const subprotocol = headers.get('sec-websocket-protocol')
  return { accepted: true, status, subprotocol, info, outcomes }
}

function refusal(
  error: GatewayError,
  info: ConnectionInfo,
  outcomes: Verdict['outcomes'] = {},
): Verdict {
  return { accepted: false, status: error.status, info, outcomes: { ...outcomes, error } }
}

/** Whether HTTP can answer with it: 1xx would leave the client waiting for more. */
function isFinalStatus(statusCode: number | undefined): statusCode is number {
  return Number.isInteger(statusCode) && Number(statusCode) >= 200 && Number(statusCode) <= 599
}

/** Answers an upgrade with plain HTTP, and no WebSocket. */
export function refuse(socket: Duplex, status: number): void {
  const phrase = STATUS_CODES[status] ?? 'Refused'
  const body = JSON.stringify({ message: phrase })
  socket.end(
    [
      `HTTP/1.1 ${status} ${phrase}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
    // Half a connection would stay for as long as the client likes.
    () => socket.destroy(),
  )
}
