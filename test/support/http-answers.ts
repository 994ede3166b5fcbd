import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server answers to every request. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface AnsweringServer extends AsyncDisposable {
  readonly url: string
  readonly requests: { readonly method: string; readonly path: string; readonly body: string }[]
}

/** A server on a free port that gives every request the same answer. */
export async function answering(answer: Answer): Promise<AnsweringServer> {
  const requests: AnsweringServer['requests'] = []
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    requests.push({ method: request.method ?? '', path: request.url ?? '', body })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }
  const server = createServer((request, response) => {
    void handle(request, response)
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

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('the server has no port')
}
