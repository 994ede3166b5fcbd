import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What a server does with a request: answers it, says nothing, or drops the line. */
export type Answer =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | 'silence'
  | 'reset'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The line it came by, counted from 1. */
  readonly line: number
}

export interface AnsweringServer extends AsyncDisposable {
  readonly url: string
  readonly requests: ReceivedRequest[]
}

/** A server on a free port. Each request gets the next answer; the last one is for all that follow. */
export async function answering(...answers: readonly Answer[]): Promise<AnsweringServer> {
  const requests: ReceivedRequest[] = []
  const lines = new Map<Socket, number>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    const { method = '', url: path = '', headers, socket } = request
    requests.push({ method, path, headers, body, line: lines.get(socket) ?? 0 })
    const answer = answers[requests.length - 1] ?? answers.at(-1) ?? 'silence'
    if (answer === 'reset') request.socket.resetAndDestroy()
    else if (answer !== 'silence') {
      response.writeHead(answer.status, answer.headers).end(answer.body)
    }
  }
  const server = createServer((request, response) => {
    void handle(request, response)
  })
  server.on('connection', (socket) => {
    lines.set(socket, lines.size + 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A URL where nobody listens any more. */
export async function deadUrl(): Promise<string> {
  const server = await answering({ status: 200 })
  await server[Symbol.asyncDispose]()
  return server.url
}

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8')
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

/** The port of a server that listens. */
export function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('the server has no port')
}
