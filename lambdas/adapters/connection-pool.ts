import type { Socket } from 'node:net'
import type { Answer, Timeouts } from './answer.ts'
import { Deadlines } from './deadlines.ts'
import { HttpConnection, type LineOwner, type LineResult } from './http-connection.ts'

export interface ConnectionPoolProps {
  /** Gives a new socket, which is still connecting. */
  readonly open: () => Socket
  /** Most of them at a time. */
  readonly maxSockets: number
  readonly timeouts: Timeouts
}

/** A request, from the call to its answer. */
interface Exchange {
  readonly request: string
  readonly resolve: (answer: Answer) => void
  /** Undefined while it waits for one. */
  line: HttpConnection | undefined
  tried: boolean
}

/** What a dead line's error is called: the other side is gone, and had perhaps been for long. */
const LINE_LOST = new Set(['ECONNRESET', 'EPIPE'])

/**
 * Sends requests to one server over lines that are kept, and used again. It is what a post costs: a
 * write and a read of the socket, without the objects that node:http makes for each request. When no
 * answer is due, it has no timer, and its lines keep no process alive.
 */
export class ConnectionPool implements LineOwner {
  readonly #open: () => Socket
  readonly #maxSockets: number
  readonly #timeouts: Timeouts
  readonly #lines = new Set<HttpConnection>()
  /** The last one used is the last here, and the next to be used: it is the least likely to be dead. */
  readonly #free: HttpConnection[] = []
  readonly #waiting = new Set<Exchange>()
  readonly #deadlines: Deadlines<Exchange>

  constructor({ open, maxSockets, timeouts }: ConnectionPoolProps) {
    this.#open = open
    this.#maxSockets = maxSockets
    this.#timeouts = timeouts
    this.#deadlines = new Deadlines(timeouts.answerMs, (exchange) => {
      this.#giveUp(exchange)
    })
  }

  /**
   * The answer to a request, which is text with a byte a character. Never rejects. A request whose
   * line is lost before a byte of the answer is sent once more, on a new line.
   */
  exchange(request: string): Promise<Answer> {
    return new Promise((resolve) => {
      const exchange: Exchange = { request, resolve, line: undefined, tried: false }
      this.#deadlines.begin(exchange)
      this.#start(exchange)
    })
  }

  onFree(line: HttpConnection): void {
    this.#free.push(line)
    this.#startNext()
  }

  onLost(line: HttpConnection): void {
    this.#lines.delete(line)
    const index = this.#free.indexOf(line)
    if (index !== -1) this.#free.splice(index, 1)
  }

  #start(exchange: Exchange): void {
    const line = this.#free.pop() ?? this.#newLine()
    if (!line) {
      this.#waiting.add(exchange)
      return
    }
    exchange.line = line
    line.send(exchange.request, (result) => {
      this.#end(exchange, result)
    })
  }

  #startNext(): void {
    if (this.#free.length === 0 && this.#lines.size >= this.#maxSockets) return
    for (const exchange of this.#waiting) {
      this.#waiting.delete(exchange)
      this.#start(exchange)
      return
    }
  }

  #newLine(): HttpConnection | undefined {
    if (this.#lines.size >= this.#maxSockets) return undefined
    const line = new HttpConnection(this.#open(), this.#timeouts.connectMs, this)
    this.#lines.add(line)
    return line
  }

  #end(exchange: Exchange, { answer, unheard }: LineResult): void {
    exchange.line = undefined
    if (unheard && !exchange.tried && isLineLost(answer)) {
      exchange.tried = true
      // Should the request have arrived after all, the next has the same message id.
      this.#closeFree(answer)
      this.#start(exchange)
    } else {
      this.#deadlines.end(exchange)
      exchange.resolve(answer)
    }
    // A lost line has left room for another; but not for one that is late in the same moment.
    if (this.#waiting.size > 0) queueMicrotask(() => this.#startNext())
  }

  #giveUp(exchange: Exchange): void {
    const { answerMs } = this.#timeouts
    const answer = { code: 'TimeoutError', message: `no answer within ${answerMs} ms` }
    this.#waiting.delete(exchange)
    if (!exchange.line) {
      exchange.resolve(answer)
      return
    }
    this.#closeFree(answer) // Or each would cost the next attempt as long.
    exchange.line.abandon(answer)
  }

  /** When a line has died while the Lambda was frozen, the free ones have died with it. */
  #closeFree(answer: Answer): void {
    for (const line of this.#free.splice(0)) line.abandon(answer)
  }
}

function isLineLost(answer: Answer): boolean {
  return answer.status === undefined && LINE_LOST.has(answer.code)
}
