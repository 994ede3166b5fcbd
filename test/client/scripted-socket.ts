import type { WebSocketLike } from '../../client/index.ts'

type Listener = (event: { readonly data: unknown }) => void

/** A WebSocket whose other side is the test: it keeps what was sent, and says what it is told to. */
export class ScriptedSocket implements WebSocketLike {
  /** All that were made, oldest first. */
  static readonly made: ScriptedSocket[] = []
  readonly url: string
  readonly protocols: readonly string[]
  readonly sent: string[] = []
  closeCode: number | undefined
  readonly #listeners = new Map<string, Listener[]>()

  constructor(url: string, protocols: string[]) {
    // As a browser does.
    if (protocols.some((protocol) => /[^!#$%&'*+.^_`|~\w-]/.test(protocol))) {
      throw new SyntaxError('the subprotocol is invalid')
    }
    this.url = url
    this.protocols = protocols
    ScriptedSocket.made.push(this)
  }

  static get last(): ScriptedSocket {
    const [last] = ScriptedSocket.made.slice(-1)
    if (!last) throw new Error('no socket was made')
    return last
  }

  addEventListener(name: string, listener: Listener): void {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener])
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(code?: number): void {
    this.closeCode = code
    queueMicrotask(() => this.fire('close'))
  }

  fire(name: string, data?: unknown): void {
    const listeners = this.#listeners.get(name) ?? []
    // As `ws` does.
    if (name === 'error' && listeners.length === 0) throw new Error('nobody hears of an error')
    for (const listener of listeners) listener({ data })
  }

  /** Lets the server say something. */
  say(frame: object): void {
    this.fire('message', JSON.stringify(frame))
  }

  /** Lets the connection be accepted, and the first ping be answered. */
  accept(connectionId: string): void {
    this.fire('open')
    this.say({ type: 'pong', connectionId })
  }

  /** The frame that was sent last. */
  get lastFrame(): Readonly<Record<string, unknown>> {
    const frame: unknown = JSON.parse(this.sent.at(-1) ?? '{}')
    return Object.fromEntries(Object.entries(frame ?? {}))
  }

  /** Acks the message that was sent last. */
  ack(): void {
    this.say({ type: 'ack', re: this.lastFrame['id'], id: 'message', sent: 1, gone: 0, failed: 0 })
  }
}
