import { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import type { ConnectionInfo } from './events.ts'

/** Why a connection ended, as `$disconnect` reports it. */
export interface Closing {
  readonly code: number
  readonly reason: string
}

/** Without a message either way for so long, a connection is closed (L4). */
const MAX_IDLE_MS = 10 * 60_000

/** No connection lasts longer (L5). */
const MAX_LIFETIME_MS = 2 * 3_600_000

/**
 * What waits for a client that does not read, at most. That there is a limit is documented, how
 * large it is is not (P7).
 */
const MAX_UNREAD_BYTES = 1024 * 1024

/** As many frames: each takes some hundred bytes of its own, however small it is. */
const MAX_UNREAD_FRAMES = 4_096

/** A client whose handshake has succeeded. */
export class Connection {
  readonly info: ConnectionInfo
  /** Milliseconds since 1970 of the last message either way. */
  lastActiveAt: number
  readonly #socket: WebSocket
  readonly #clock: Clock
  #cancelLifetime: () => void = () => {}
  #cancelIdle: () => void = () => {}
  /** Frames that wait to be written, as far as this side knows. */
  #unreadFrames = 0
  readonly #onWritten = (): void => {
    this.#unreadFrames -= 1
  }

  constructor(info: ConnectionInfo, socket: WebSocket, clock: Clock) {
    this.info = info
    this.lastActiveAt = info.connectedAt
    this.#socket = socket
    this.#clock = clock
    // The library would answer all pings, also of a client that never reads the answers.
    socket.on('ping', (data) => {
      if (this.#isFull || socket.readyState !== WebSocket.OPEN) return
      this.#unreadFrames += 1
      socket.pong(data, false, this.#onWritten)
    })
  }

  /** A message has come from the client. */
  noteActivity(): void {
    this.lastActiveAt = this.#clock.now()
  }

  /**
   * One text message to the client. A client that has left meanwhile misses it.
   *
   * @returns false, and sends nothing, when too much waits for the client already
   */
  send(text: string): boolean {
    if (this.#isFull) return false
    this.noteActivity()
    if (this.#socket.readyState !== WebSocket.OPEN) return true
    this.#unreadFrames += 1
    this.#socket.send(text, { binary: false }, this.#onWritten)
    return true
  }

  /** Calls back when the connection has been idle, or open, for too long. */
  onExpired(expired: () => void): void {
    const { connectedAt } = this.info
    const leftMs = connectedAt + MAX_LIFETIME_MS - this.#clock.now()
    this.#cancelLifetime = this.#clock.after(leftMs, expired)
    this.#watchIdle(expired)
  }

  /** It has ended: nothing of it expires any more. */
  ended(): void {
    this.#cancelLifetime()
    this.#cancelIdle()
  }

  close({ code, reason }: Closing): void {
    this.#socket.close(code, reason)
  }

  get #isFull(): boolean {
    return this.#socket.bufferedAmount > MAX_UNREAD_BYTES || this.#unreadFrames >= MAX_UNREAD_FRAMES
  }

  /** Looks again when it would have been idle for too long, had nothing happened meanwhile. */
  #watchIdle(expired: () => void): void {
    const remainingMs = this.lastActiveAt + MAX_IDLE_MS - this.#clock.now()
    if (remainingMs <= 0) return expired()
    this.#cancelIdle = this.#clock.after(remainingMs, () => this.#watchIdle(expired))
  }
}
