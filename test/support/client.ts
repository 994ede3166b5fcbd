import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket, type ClientOptions } from 'ws'
import { noteFrame } from './frame-watch.ts'

/** How long a test waits for something that should come at once. */
const PATIENCE_MS = 10_000

/** A frame that is a JSON object. */
export type Frame = Readonly<Record<string, unknown>>

/** A real WebSocket client that keeps what it receives until a test asks for it. */
export class TestClient {
  readonly socket: WebSocket
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #texts: string[] = []
  #arrived: () => void = () => {}

  private constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      const text = data.toString('utf8')
      noteFrame(socket.url, text)
      this.#texts.push(text)
      this.#arrived()
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }))
    })
  }

  /** Connects, and rejects when the handshake is refused. */
  static async connect(
    url: string,
    options: ClientOptions & { subprotocols?: string[] } = {},
  ): Promise<TestClient> {
    const { subprotocols = [], ...others } = options
    const socket = new WebSocket(url, subprotocols, others)
    const client = new TestClient(socket)
    await once(socket, 'open')
    return client
  }

  /** Sends text as it is, anything else as JSON. */
  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Frames that have arrived and that no test has taken yet. */
  get pending(): readonly string[] {
    return this.#texts
  }

  /** Takes the next frame as text. */
  async nextText(): Promise<string> {
    return this.#take(() => true)
  }

  /** Takes the next frame. */
  async next(): Promise<Frame> {
    return parse(await this.nextText())
  }

  /** Takes the next frame whose `type` is this, and leaves the others. */
  async nextOfType(type: string): Promise<Frame> {
    return parse(await this.#take((text) => parse(text)['type'] === type))
  }

  /** Sends and takes the reply: the next frame that is no push. */
  async request(message: unknown): Promise<Frame> {
    this.send(message)
    return parse(await this.#take((text) => !isPush(text)))
  }

  /** Takes the pushes that have come so far. */
  takePushes(): Frame[] {
    const pushes = this.#texts.filter(isPush)
    this.#texts.splice(0, Infinity, ...this.#texts.filter((text) => !isPush(text)))
    return pushes.map(parse)
  }

  /** The connection's own id, as `ping` tells it. */
  async connectionId(): Promise<string> {
    const { connectionId } = await this.request({ action: 'ping' })
    return String(connectionId)
  }

  /** Closes and waits for the end. */
  async close(code = 1000, reason?: string): Promise<void> {
    this.socket.close(code, reason)
    await this.closed
  }

  async #take(wanted: (text: string) => boolean): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const index = this.#texts.findIndex(wanted)
      if (index !== -1) return this.#texts.splice(index, 1)[0] ?? ''
      if (Date.now() > deadline) {
        throw new Error(`no such frame within ${PATIENCE_MS} ms; waiting: ${this.#texts.join(' ')}`)
      }
      const arrival = new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
      await Promise.race([arrival, sleep(50)])
    }
  }
}

/** The HTTP answer to a handshake that is refused. */
export async function refusedHandshake(
  url: string,
  options: ClientOptions & { subprotocols?: string[] } = {},
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  const { subprotocols = [], ...others } = options
  const socket = new WebSocket(url, subprotocols, others)
  socket.on('error', () => {})
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    socket.once('unexpected-response', (_, response) => resolve(response))
    socket.once('open', () => reject(new Error('the handshake was accepted')))
  })
  const response = await answer
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  socket.terminate()
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString('utf8'),
    headers: response.headers,
  }
}

const PUSHES: ReadonlySet<unknown> = new Set(['message', 'joined', 'left'])

function isPush(text: string): boolean {
  return PUSHES.has(parse(text)['type'])
}

function parse(text: string): Frame {
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
