import type { Local } from '../../../local/index.ts'
import { TestClient, type Frame } from '../../support/client.ts'

/** A user's device, which is online or away. It drops what it has had, over all its connections. */
export class Device {
  readonly name: string
  /** Every push by its id. */
  readonly #had = new Map<string, string>()
  #client: TestClient | undefined

  constructor(name: string) {
    this.name = name
  }

  /** @returns its connectionId; undefined when the handshake was refused */
  async connect(url: string, token: string): Promise<string | undefined> {
    const subprotocols = ['switchboard.v1', `bearer.${token}`]
    try {
      this.#client = await TestClient.connect(url, { subprotocols })
    } catch {
      return undefined
    }
    return this.ping()
  }

  async ping(): Promise<string> {
    return this.#online.connectionId()
  }

  request(frame: object): Promise<Frame> {
    return this.#online.request(frame)
  }

  /** Says goodbye, or loses its line. */
  end(how: 'close' | 'cut'): void {
    if (how === 'close') this.#online.socket.close(1000)
    else this.#online.socket.terminate()
    this.#client = undefined
  }

  /**
   * The pushes that have come since it was last asked, each once.
   *
   * @throws when one came again under its id, and was another
   */
  takeNew(): Frame[] {
    return this.#online.takePushes().filter((push) => {
      const { id, ...content } = push
      const text = JSON.stringify(content)
      const before = this.#had.get(String(id))
      if (before !== undefined && before !== text) {
        throw new Error(`${this.name} had ${String(id)} as ${before}, and now as ${text}`)
      }
      this.#had.set(String(id), text)
      return before === undefined
    })
  }

  get #online(): TestClient {
    if (!this.#client) throw new Error(`${this.name} is away`)
    return this.#client
  }
}

/**
 * How a connection ends for the server.
 *
 * @param end lets it end
 * @returns whether `$disconnect` has run, and well
 */
export function isToldOf(
  end: () => void,
  connectionId: string,
  { trace }: Local,
): Promise<boolean> {
  return new Promise((resolve) => {
    let hasEnded = false
    const settle = (isTold: boolean): void => {
      stop()
      resolve(isTold)
    }
    const stop = trace.subscribe((entry) => {
      if (entry.kind === 'disconnect' && entry.connectionId === connectionId) hasEnded = true
      if (!hasEnded) return
      if (entry.kind === 'fault' && entry.target === connectionId) settle(false)
      const isDisconnect =
        entry.kind === 'invocation' && entry.functionName.includes('DisconnectFunction')
      if (isDisconnect) settle(entry.error === undefined)
    })
    end()
  })
}
