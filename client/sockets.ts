import { SUBPROTOCOL } from '../protocol/messages.ts'
import type { MachineEvent } from './machine.ts'
import type { WebSocketClass, WebSocketLike } from './types.ts'

/** The sockets in use, by their numbers. */
export class Sockets {
  readonly #sockets = new Map<number, WebSocketLike>()
  /** Settles when all that were told to close are closed. */
  closed: Promise<unknown> = Promise.resolve()
  readonly #url: string
  readonly #WebSocket: WebSocketClass
  readonly #tell: (event: MachineEvent) => void

  constructor(url: string, WebSocket: WebSocketClass, tell: (event: MachineEvent) => void) {
    this.#url = url
    this.#WebSocket = WebSocket
    this.#tell = tell
  }

  /** @throws what the class throws: of a URL or a token that is none */
  open(number: number, token: string | undefined): void {
    // A browser takes no answer that names none of the subprotocols, and the token is not named.
    const protocols = token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `bearer.${token}`]
    const socket = new this.#WebSocket(this.#url, protocols)
    this.#sockets.set(number, socket)
    socket.addEventListener('open', () => this.#tell({ type: 'opened', socket: number }))
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.#tell({ type: 'frame', socket: number, text: data })
    })
    socket.addEventListener('close', () => {
      this.#sockets.delete(number)
      this.#tell({ type: 'dropped', socket: number })
    })
    // The close that follows says all. Without a listener, Node would end the process.
    socket.addEventListener('error', () => {})
  }

  send(number: number, text: string): void {
    this.#sockets.get(number)?.send(text)
  }

  close(number: number): void {
    const socket = this.#sockets.get(number)
    if (!socket) return
    this.#sockets.delete(number)
    const closed = new Promise<void>((resolve) => socket.addEventListener('close', resolve))
    this.closed = Promise.all([this.closed, closed])
    socket.close(1_000)
  }
}
