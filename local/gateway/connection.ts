import { WebSocket } from 'ws'
import type { ConnectionInfo } from './events.ts'

/** Why a connection ended, as `$disconnect` reports it. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** A client whose handshake has succeeded. */
export class Connection {
  readonly info: ConnectionInfo
  /** Milliseconds since 1970 of the last message either way. */
  lastActiveAt: number
  readonly #socket: WebSocket

  constructor(info: ConnectionInfo, socket: WebSocket) {
    this.info = info
    this.lastActiveAt = info.connectedAt
    this.#socket = socket
  }

  /** One text message to the client. A client that has left meanwhile misses it. */
  send(text: string): void {
    this.lastActiveAt = Date.now()
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text, { binary: false })
  }

  close({ code, reason }: Closing): void {
    this.#socket.close(code, reason)
  }
}
