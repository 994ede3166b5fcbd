import { WebSocket, type ClientOptions } from 'ws'
import type { WebSocketClass, WebSocketLike } from '../../client/index.ts'
import type { Clock } from '../../local/index.ts'

/**
 * How long a frame may be without an answer until time goes on without it, in real milliseconds.
 * Functions hold the clock by themselves: it is the way between two sockets of one machine.
 */
const PATIENCE_MS = 300

/** And a handshake, for which functions may start, on a machine that has much to do. */
const OPENING_PATIENCE_MS = 10_000

type Listener = (event: { readonly data: unknown }) => void

/** What went over one of the sockets, for a test to see. */
export interface HeldSocket {
  readonly sent: readonly string[]
  readonly received: readonly string[]
  /** How it was closed, if it is. */
  readonly closeCode: number | undefined
}

/**
 * A class of real WebSockets that hold a clock: while one is opening, closing, or waits for an answer,
 * time is not moved on. Else two hours would pass while a frame is between two processes.
 *
 * @param sockets gets all that are made, oldest first
 * @param options of their handshakes, such as the page's origin
 */
export function heldWebSocket(
  clock: Clock,
  sockets: HeldSocket[],
  options: ClientOptions = {},
): WebSocketClass {
  return class implements WebSocketLike, HeldSocket {
    readonly sent: string[] = []
    readonly received: string[] = []
    closeCode: number | undefined
    readonly #socket: WebSocket
    /** Ends what holds the clock, oldest first. */
    readonly #holds: (() => void)[] = []

    constructor(url: string, protocols: string[]) {
      this.#socket = new WebSocket(url, protocols, options)
      this.#hold(OPENING_PATIENCE_MS)
      this.#socket.addEventListener('open', () => this.#holds.shift()?.())
      this.#socket.addEventListener('message', ({ data }) => this.#hear(data))
      this.#socket.addEventListener('close', ({ code }) => {
        this.closeCode = code
        for (const end of this.#holds.splice(0)) end()
      })
      sockets.push(this)
    }

    addEventListener(name: 'open' | 'close' | 'error' | 'message', listener: Listener): void {
      if (name === 'message') this.#socket.addEventListener(name, listener)
      else this.#socket.addEventListener(name, () => listener({ data: undefined }))
    }

    send(text: string): void {
      this.sent.push(text)
      this.#socket.send(text)
      this.#hold()
    }

    close(code?: number): void {
      this.#socket.close(code)
      this.#hold()
    }

    /** Each frame but a push answers one that was sent. */
    #hear(text: unknown): void {
      if (typeof text !== 'string') return
      this.received.push(text)
      if (!isPush(text)) this.#holds.shift()?.()
    }

    #hold(patienceMs = PATIENCE_MS): void {
      const answered = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs)
        this.#holds.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
      void clock.hold(answered)
    }
  }
}

/** Whether a frame is what others have done, and no answer. */
export function isPush(text: string): boolean {
  return /^{"type":"(message|joined|left)"/.test(text)
}
