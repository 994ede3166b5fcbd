import { SUBPROTOCOL } from '../protocol/messages.ts'
import { toError } from './emitter.ts'
import type { MachineEvent } from './machine.ts'
import type { WebSocketClass, WebSocketLike } from './types.ts'

/** The sockets in use, by their numbers, and those that are closing. */
export class Sockets {
  readonly #sockets = new Map<number, WebSocketLike>()
  readonly #url: string
  readonly #WebSocket: WebSocketClass
  readonly #tell: (event: MachineEvent) => void
  #onEmpty: () => void = () => {}

  constructor(url: string, WebSocket: WebSocketClass, tell: (event: MachineEvent) => void) {
    this.#url = url
    this.#WebSocket = WebSocket
    this.#tell = tell
  }

  open(socket: number, token: string | undefined): void {
    // A browser takes no answer that names none of the subprotocols, and the token is not named.
    const protocols = token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, `bearer.${token}`]
    let webSocket: WebSocketLike
    try {
      webSocket = new this.#WebSocket(this.#url, protocols)
    } catch (error) {
      // Of a token that cannot stand there.
      return this.#tell({ type: 'tokenFailed', socket, error: toError(error), final: false })
    }
    this.#sockets.set(socket, webSocket)
    webSocket.addEventListener('open', () => this.#tell({ type: 'opened', socket }))
    webSocket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') this.#tell({ type: 'frame', socket, text: data })
    })
    webSocket.addEventListener('close', () => {
      this.#sockets.delete(socket)
      this.#tell({ type: 'dropped', socket })
      if (this.#sockets.size === 0) this.#onEmpty()
    })
    // The close that follows says all. Without a listener, Node would end the process.
    webSocket.addEventListener('error', () => {})
  }

  send(socket: number, text: string): void {
    this.#sockets.get(socket)?.send(text)
  }

  close(socket: number): void {
    this.#sockets.get(socket)?.close(1_000)
  }

  /** Calls `task` once, when the last one is closed. */
  whenEmpty(task: () => void): void {
    this.#onEmpty = task
    if (this.#sockets.size === 0) task()
  }
}
