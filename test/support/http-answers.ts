import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a server does with a request: answers it, says nothing, or drops the line. */
export type Answer =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }
  | 'silence'
  | 'reset'

export interface AnsweringServer extends AsyncDisposable {
  readonly url: string
  readonly requests: { readonly method: string; readonly path: string; readonly body: string }[]
}

/** A server on a free port. Each request gets the next answer; the last one is for all that follow. */
export async function answering(...answers: readonly Answer[]): Promise<AnsweringServer> {
  const requests: AnsweringServer['requests'] = []
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    requests.push({ method: request.method ?? '', path: request.url ?? '', body })
    const answer = answers[requests.length - 1] ?? answers.at(-1) ?? 'silence'
    if (answer === 'reset') request.socket.resetAndDestroy()
    else if (answer !== 'silence') {
      response.writeHead(answer.status, answer.headers).end(answer.body)
    }
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
