import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client, type ClientOptions } from '../../client/index.ts'
import type { Clock, Local } from '../../local/index.ts'
import { heldWebSocket, type HeldSocket } from '../support/held-socket.ts'

/** A client of a local stack, on its clock, and all that it was told. */
export interface LocalClient {
  readonly client: Client<string>
  readonly shown: readonly string[]
  /** Why its state changed. */
  readonly reasons: readonly string[]
  readonly errors: readonly Error[]
  /** Oldest first. */
  readonly sockets: readonly HeldSocket[]
}

/** Clients of one stack that a test closes together. */
export class LocalClients {
  readonly #local: Local
  readonly #origin: string | undefined
  readonly #clients: Client<string>[] = []

  /** @param origin of the page that they are on; undefined: they are no browsers */
  constructor(local: Local, origin?: string) {
    this.#local = local
    this.#origin = origin
  }

  /** By default with the real WebSocket that holds the clock. It is about to connect. */
  create(options: Partial<ClientOptions> = {}): LocalClient {
    const { clock, url } = this.#local
    const sockets: HeldSocket[] = []
    const handshake = this.#origin === undefined ? {} : { origin: this.#origin }
    const WebSocket = heldWebSocket(clock, sockets, handshake)
    const client = createClient<string>({ url, clock, WebSocket, ...options })
    this.#clients.push(client)
    const shown: string[] = []
    const reasons: string[] = []
    const errors: Error[] = []
    client.on('message', ({ data }) => void shown.push(data))
    client.on('state', ({ reason }) => void reasons.push(reason))
    client.on('error', (error) => void errors.push(error))
    return { client, shown, reasons, errors, sockets }
  }

  /** The same, open. */
  async open(options?: Partial<ClientOptions>): Promise<LocalClient> {
    const created = this.create(options)
    await created.client.connect()
    return created
  }

  /** Moves the clock on, step by step, until something has come about. */
  async until(ask: () => boolean): Promise<void> {
    for (let step = 0; step < MOST_STEPS && !ask(); step += 1) {
      await this.#local.clock.advance('500 milliseconds')
      // What is between two sockets is not held by the clock.
      await sleep(STEP_MS)
    }
    if (!ask()) throw new Error('it has not come about in two minutes of the stack')
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.close()))
  }
}

/** Of the machine's time, between two steps of the stack's. */
const STEP_MS = 10

/** Two minutes of half a second each. */
const MOST_STEPS = 240

/** The machine's time, with timers that do not run while it sleeps. */
export class SleepyClock {
  readonly #clock: Clock
  #asleep = false
  readonly #late: (() => void)[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  after(milliseconds: number, task: () => void): () => void {
    return this.#clock.after(
      milliseconds,
      () => void (this.#asleep ? this.#late.push(task) : task()),
    )
  }

  sleep(): void {
    this.#asleep = true
  }

  wake(): void {
    this.#asleep = false
    for (const task of this.#late.splice(0)) task()
  }
}
