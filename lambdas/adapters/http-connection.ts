import type { Socket } from 'node:net'
import type { Answer } from './answer.ts'
import { ResponseParser, type Parsed } from './response-parser.ts'

/** What a request on a line came to. */
export interface LineResult {
  readonly answer: Answer
  /** The line was lost before a byte of the answer: another may do better. */
  readonly unheard: boolean
}

/** Who hears of a line what is not the result of its request. */
export interface LineOwner {
  /** Its answer has come whole, and it can take another request. */
  onFree(line: HttpConnection): void
  /** It is not to be used any more. */
  onLost(line: HttpConnection): void
}

/** A request under way. */
interface Exchange {
  readonly parser: ResponseParser
  readonly settle: (result: LineResult) => void
  heard: boolean
}

/** A socket that carries one HTTP/1.1 request after the other, each in one write. */
export class HttpConnection {
  readonly #socket: Socket
  readonly #owner: LineOwner
  readonly #connectTimer: NodeJS.Timeout
  #exchange: Exchange | undefined
  #lost = false

  /** @param socket one that has just begun to connect */
  constructor(socket: Socket, connectMs: number, owner: LineOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#connectTimer = setTimeout(() => {
      this.#lose({ code: 'TimeoutError', message: `no connection within ${connectMs} ms` }, false)
    }, connectMs)
    socket.once('connect', () => {
      clearTimeout(this.#connectTimer)
    })
    socket.on('data', (bytes: Buffer) => {
      this.#onData(bytes)
    })
    socket.once('end', () => {
      this.#onEnd()
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#lose({ code: error.code ?? error.name, message: error.message }, true)
    })
    socket.once('close', () => {
      this.#lose(HUNG_UP, true)
    })
  }

  /** @param request a byte a character; only when the line is free */
  send(request: string, settle: (result: LineResult) => void): void {
    this.#exchange = { parser: new ResponseParser(), settle, heard: false }
    this.#socket.ref()
    this.#socket.write(request, 'latin1')
  }

  /** What is under way on it has this answer. */
  abandon(answer: Answer): void {
    this.#lose(answer, false)
  }

  #onData(bytes: Buffer): void {
    const exchange = this.#exchange
    if (!exchange) {
      // Nobody has asked: what comes next would be taken for the answer to another request.
      this.#lose(HUNG_UP, false)
      return
    }
    exchange.heard = true
    const parsed = exchange.parser.read(bytes)
    if (parsed) this.#finish(exchange, parsed)
  }

  #finish({ settle }: Exchange, { answer, persistent }: Parsed): void {
    // An answer may come before the whole request has gone out; the rest would follow.
    if (persistent && this.#socket.writableLength === 0) {
      this.#exchange = undefined
      this.#socket.unref() // A free line keeps no process alive.
      this.#owner.onFree(this)
      settle({ answer, unheard: false })
    } else this.#lose(answer, false)
  }

  #onEnd(): void {
    const parsed = this.#exchange?.parser.end()
    this.#lose(parsed?.answer ?? HUNG_UP, true)
  }

  #lose(answer: Answer, mayRetry: boolean): void {
    if (this.#lost) return
    this.#lost = true
    clearTimeout(this.#connectTimer)
    this.#socket.destroy()
    this.#owner.onLost(this)
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.settle({ answer, unheard: mayRetry && !exchange.heard })
  }
}

/** As node:http calls it. */
const HUNG_UP: Answer = { code: 'ECONNRESET', message: 'the line was closed before the answer' }
