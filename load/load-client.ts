import { WebSocket } from 'ws'
import type { Options } from './options.ts'
import { readFrame, sentAt, type ServerFrame } from './server-frame.ts'
import type { Tally } from './tally.ts'

/** API Gateway waits 29 seconds for an integration, and so at most for `$connect`. */
const HANDSHAKE_TIMEOUT_MS = 30_000

/** How long a client may take to learn its own id. */
const PONG_TIMEOUT_MS = 10_000

/** How long a peer may take to say goodbye. */
const CLOSE_TIMEOUT_MS = 2_000

/** No answer comes any more when API Gateway has stopped to wait for the integration. */
const ANSWER_TIMEOUT_MS = 30_000

/** One connection, with the messages that it has sent and that have not been answered. */
export class LoadClient {
  readonly #socket: WebSocket
  readonly #tally: Tally
  readonly #load: string
  /** When each was sent, by its id, the oldest first. */
  readonly #pending = new Map<string, number>()
  #onPong: (connectionId: string) => void = () => {}
  #closing = false
  /** '' until it is asked for. */
  connectionId = ''

  private constructor(socket: WebSocket, tally: Tally, load: string) {
    this.#socket = socket
    this.#tally = tally
    this.#load = load
    socket.on('message', (data: Buffer) => this.#receive(data.toString('utf8')))
    socket.on('close', (code) => {
      if (!this.#closing) tally.error(`closed ${code}`)
      for (const _ of this.#pending) tally.error('no answer before the close')
      this.#pending.clear()
    })
    // It is closed next, with a code.
    socket.on('error', () => {})
  }

  /** Undefined when the handshake fails: the tally has why. */
  static connect(
    { url, token }: Pick<Options, 'url' | 'token'>,
    tally: Tally,
    load: string,
  ): Promise<LoadClient | undefined> {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    return new Promise((resolve) => {
      const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_TIMEOUT_MS, headers })
      const refuse = (why: string): void => {
        tally.error(`handshake ${why}`)
        resolve(undefined)
      }
      const fail = (error: Error): void => refuse(codeOf(error))
      socket.once('error', fail)
      socket.once('unexpected-response', (request, { statusCode }) => {
        socket.off('error', fail)
        socket.on('error', () => {})
        request.destroy()
        refuse(String(statusCode))
      })
      socket.once('open', () => {
        socket.off('error', fail)
        tally.connected += 1
        resolve(new LoadClient(socket, tally, load))
      })
    })
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Asks for the connection's own id. */
  async identify(): Promise<void> {
    const pong = new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve(''), PONG_TIMEOUT_MS)
      this.#onPong = (connectionId) => {
        clearTimeout(timer)
        resolve(connectionId)
      }
    })
    this.#socket.send('{"action":"ping"}')
    this.connectionId = await pong
    if (this.connectionId === '') this.#tally.error('no pong')
  }

  /** @param to a connectionId, or undefined for everyone */
  send(id: string, to: string | undefined): void {
    const now = performance.now()
    this.#pending.set(id, now)
    this.#tally.sent += 1
    const data = { load: this.#load, sentAt: now }
    this.#socket.send(JSON.stringify({ action: 'sendmessage', id, to, data }))
  }

  /** Gives up what has waited for its answer too long. */
  expire(now: number, timeoutMs = ANSWER_TIMEOUT_MS): void {
    for (const [id, since] of this.#pending) {
      if (now - since < timeoutMs) return
      this.#pending.delete(id)
      this.#tally.error('no answer')
    }
  }

  async close(): Promise<void> {
    this.#closing = true
    if (this.#socket.readyState === WebSocket.CLOSED) return
    const closed = new Promise((resolve) => {
      this.#socket.once('close', resolve)
    })
    this.#socket.close(1000)
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS)
    await closed
    clearTimeout(timer)
  }

  #receive(text: string): void {
    const frame = readFrame(text)
    if (!frame) this.#tally.error('a frame that is not of the protocol')
    else if (frame.type === 'message') this.#delivered(frame.data)
    else if (frame.type === 'pong') this.#onPong(frame.connectionId)
    else if (frame.type === 'ack') this.#acknowledged(frame)
    else if (frame.type === 'error') {
      this.#answered(frame.re)
      this.#tally.error(frame.code)
    } else {
      this.#answered(undefined)
      this.#tally.error(frame.message)
    }
  }

  #delivered(data: unknown): void {
    const since = sentAt(data, this.#load)
    if (since !== undefined) this.#tally.deliveries.add(performance.now() - since)
  }

  #acknowledged(ack: Extract<ServerFrame, { type: 'ack' }>): void {
    const since = this.#answered(ack.re)
    if (since === undefined) return
    this.#tally.acks.add(performance.now() - since)
    if (ack.queued === true) {
      this.#tally.queued += 1
      return
    }
    this.#tally.accepted += ack.sent
    this.#tally.gone += ack.gone
    this.#tally.failed += ack.failed
  }

  /**
   * A message has its answer. API Gateway's own does not say to which: most likely to the oldest.
   *
   * @returns when it was sent
   */
  #answered(id: string | undefined): number | undefined {
    const [oldest] = this.#pending.keys()
    const key = id ?? oldest
    if (key === undefined) return undefined
    const since = this.#pending.get(key)
    this.#pending.delete(key)
    return since
  }
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.message
}
