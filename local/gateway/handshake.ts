import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ConnectionInfo, StageInfo } from './events.ts'
import { newId } from './ids.ts'
import type { IntegrationResult } from './integrations.ts'

/** Whether a handshake goes on, or with which HTTP status it is refused. */
export type Verdict =
  | {
      readonly accepted: true
      /** What `$connect` returned as Sec-WebSocket-Protocol. */
      readonly subprotocol: string | undefined
    }
  | { readonly accepted: false; readonly status: number }

/** Whether the path is the stage's, with or without a trailing slash and a query. */
export function isStagePath(url: string | undefined, { stageName }: StageInfo): boolean {
  const [path] = (url ?? '').split('?')
  return path === `/${stageName}` || path === `/${stageName}/`
}

/** Whether `ws` will complete it, so that `$connect` never runs for a connection that cannot be. */
export function isWebSocketHandshake({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    /^[+/\w]{22}==$/.test(headers['sec-websocket-key'] ?? '') &&
    ['8', '13'].includes(headers['sec-websocket-version'] ?? '')
  )
}

export function readConnectionInfo(request: IncomingMessage): ConnectionInfo {
  return {
    connectionId: newId(),
    connectedAt: Date.now(),
    sourceIp: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'],
    domainName: request.headers.host ?? 'localhost',
  }
}

/** What the outcome of the `$connect` integration means for the handshake. */
export function judge(result: IntegrationResult): Verdict {
  switch (result.kind) {
    case 'notAllowed':
      return { accepted: false, status: 500 }
    case 'failed':
      return { accepted: false, status: 502 }
    case 'timedOut':
      return { accepted: false, status: 504 }
    case 'response': {
      const { statusCode, headers } = result
      if (!isFinalStatus(statusCode)) return { accepted: false, status: 502 }
      if (statusCode > 299) return { accepted: false, status: statusCode }
      return { accepted: true, subprotocol: headers.get('sec-websocket-protocol') }
    }
  }
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
