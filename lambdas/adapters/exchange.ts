import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** What came back, or why nothing did. */
export type Answer =
  | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }
  | { readonly status?: undefined; readonly code: string; readonly message: string }

export interface Timeouts {
  /** Longest wait for a new socket to be connected. */
  readonly connectMs: number
  /** Longest wait for the end of the answer, from the beginning. */
  readonly answerMs: number
}

/** Most bytes of an answer that are kept: an error of AWS has a few hundred. */
const MAX_KEPT_BYTES = 16 * 1024

/**
 * Sends a request's body and takes its whole answer, so that the socket can serve the next one.
 * Never rejects, and leaves nothing behind that runs: no timer, and no request after a timeout.
 */
export function exchange(request: ClientRequest, body: Buffer, limits: Timeouts): Promise<Answer> {
  return new Promise((resolve) => {
    const timers: NodeJS.Timeout[] = []
    const settle = (answer: Answer): void => {
      for (const timer of timers) clearTimeout(timer)
      resolve(answer)
    }
    const fail = (error: NodeJS.ErrnoException): void => {
      settle({ code: error.code ?? error.name, message: error.message })
    }
    const giveUpAfter = (milliseconds: number, what: string): NodeJS.Timeout => {
      const timer = setTimeout(() => {
        settle({ code: 'TimeoutError', message: `${what} within ${milliseconds} ms` })
        request.destroy()
      }, milliseconds)
      timers.push(timer)
      return timer
    }

    giveUpAfter(limits.answerMs, 'no answer')
    request.once('socket', (socket) => {
      if (!socket.connecting) return
      const timer = giveUpAfter(limits.connectMs, 'no connection')
      socket.once('connect', () => {
        clearTimeout(timer)
      })
    })
    request.on('error', fail)
    request.once('response', (response) => {
      response.on('error', fail)
      collect(response, settle)
    })
    request.end(body)
  })
}

function collect(response: IncomingMessage, settle: (answer: Answer) => void): void {
  const chunks: Buffer[] = []
  let keptBytes = 0
  response.on('data', (chunk: Buffer) => {
    if (keptBytes >= MAX_KEPT_BYTES) return
    chunks.push(chunk)
    keptBytes += chunk.length
  })
  response.once('end', () => {
    const { statusCode: status = 0, headers } = response
    settle({ status, headers, text: Buffer.concat(chunks).toString('utf8') })
  })
}
