import { request, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'

/** What a handshake looks like before any client library has judged it. */
export interface RawHandshake {
  /** Bytes on the line, which need not wait for the answer. */
  write(bytes: Buffer): void
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
  const asking = request(url.replace(/^ws/, 'http'), {
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  })
  const line = new Promise<Duplex>((resolve) => asking.once('socket', resolve))
  onTestFinished(async () => void (await line).destroy())
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    asking.once('upgrade', resolve)
    asking.once('response', resolve)
    asking.once('error', reject)
  })
  asking.end()
  return {
    write: (bytes) => void line.then((socket) => socket.write(bytes)),
    answer: answer.then((response) => {
      return { status: response.statusCode ?? 0, headers: response.headers }
    }),
  }
}

/** A client's text frame (RFC 6455, 5.2) with a mask of zeros, which changes nothing. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  if (payload.length > 125) throw new Error('a longer text needs a longer header')
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload])
}
