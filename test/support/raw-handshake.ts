import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { onTestFinished } from 'vitest'

/** What a handshake looks like before any client library has judged it. */
export interface RawHandshake {
  /** The line, encrypted or not. */
  readonly line: Socket
  /** Bytes after the request, which need not wait for the answer. */
  write(bytes: Buffer): void
  /** Drops the line without a word, also when it is encrypted. */
  reset(): void
  /** Resolves with 101 or with the refusal. */
  readonly answer: Promise<{
    readonly status: number
    readonly headers: IncomingMessage['headers']
  }>
}

/** Asks for a WebSocket, and drops the line when the test is over. */
export function rawHandshake(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): RawHandshake {
  const { protocol, hostname, port, host, pathname, search } = new URL(url)
  const secure = protocol === 'wss:'
  const tcp = connectTcp(Number(port) || (secure ? 443 : 80), hostname)
  const line = secure ? connectTls({ socket: tcp, servername: hostname }) : tcp
  onTestFinished(() => void line.destroy())
  const asking = request({
    createConnection: () => line,
    path: pathname + search,
    headers: {
      Host: host,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    asking.once('upgrade', resolve)
    asking.once('response', resolve)
    asking.on('error', reject)
  })
  const answer = response.then(({ statusCode = 0, headers: received }) => {
    return { status: statusCode, headers: received }
  })
  // A test that drops the line wants no answer.
  answer.catch(() => {})
  const asked = once(asking, 'finish')
  asking.end()
  return {
    line,
    write: (bytes) => void asked.then(() => line.write(bytes)),
    reset: () => void tcp.resetAndDestroy(),
    answer,
  }
}
