import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Meter } from './meter.ts'
import { messageUnits } from './prices.ts'

/** How long something may take that should come at once. */
const PATIENCE_MS = 30_000

/** A client whose frames count, in both directions. */
export class MeteredClient {
  readonly #socket: WebSocket
  readonly #meter: Meter
  readonly #texts: string[] = []
  #arrived: () => void = () => {}

  private constructor(socket: WebSocket, meter: Meter) {
    this.#socket = socket
    this.#meter = meter
    socket.on('message', (data: Buffer) => {
      meter.countMessages(messageUnits(data.length))
      this.#texts.push(data.toString('utf8'))
      this.#arrived()
    })
  }

  /** @param headers of its handshake */
  static async connect(
    url: string,
    meter: Meter,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<MeteredClient> {
    const socket = new WebSocket(url, { headers })
    const client = new MeteredClient(socket, meter)
    await once(socket, 'open')
    return client
  }

  send(message: unknown): void {
    const text = JSON.stringify(message)
    this.#meter.countMessages(messageUnits(Buffer.byteLength(text)))
    this.#socket.send(text)
  }

  /** Takes the frame that begins so, and leaves the others. */
  async take(beginning: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const index = this.#texts.findIndex((text) => text.startsWith(beginning))
      const [text] = index === -1 ? [] : this.#texts.splice(index, 1)
      if (text !== undefined) return text
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`no ${beginning} came: ${this.#texts.join(' ')}`)
      await this.#next(left)
    }
  }

  async close(): Promise<void> {
    this.#socket.close(1000)
    await once(this.#socket, 'close')
  }

  #next(patienceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, patienceMs)
      this.#arrived = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
