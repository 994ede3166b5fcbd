import type { Dice } from '../../hostile/dice.ts'
import type { Timeline } from './timeline.ts'

/** How long what is written takes to arrive, in milliseconds: from a fibre to a bad mobile line. */
const LATENCY_MS = { shortest: 5, longest: 400 } as const

/** One direction of a line. As in TCP, what arrives does so in order, and nothing from the middle is lost. */
class Pipe {
  /** It delivers nothing before then, and all of it afterwards. */
  stalledUntilMs = 0
  /** It has lost something, and so delivers nothing any more, though nobody is told. */
  swallows = false
  readonly #timeline: Timeline
  readonly #dice: Dice
  #underWay: (() => void)[] = []
  #lastMs = 0

  constructor(timeline: Timeline, dice: Dice) {
    this.#timeline = timeline
    this.#dice = dice
  }

  push(arrive: () => void): void {
    const { shortest, longest } = LATENCY_MS
    const latencyMs = shortest + this.#dice.below(longest - shortest)
    this.#lastMs = Math.max(this.#lastMs, this.#timeline.nowMs + latencyMs)
    this.#underWay.push(arrive)
    this.#timeline.at(this.#lastMs, () => this.#deliver())
  }

  /** What is under way does not arrive. */
  empty(): void {
    this.#underWay = []
  }

  #deliver(): void {
    if (this.#timeline.nowMs < this.stalledUntilMs) {
      return this.#timeline.at(this.stalledUntilMs, () => this.#deliver())
    }
    const arrive = this.#underWay.shift()
    if (!this.swallows) arrive?.()
  }
}

/** Who sits at an end of a line. */
export interface ClientEnd {
  opened(): void
  frame(text: string): void
  dropped(): void
}
export interface ServerEnd {
  frame(text: string): void
  ended(): void
}

/** A WebSocket between a client and the gateway, over a network that may fail. */
export class Line {
  readonly client: ClientEnd
  server: ServerEnd | undefined
  readonly #up: Pipe
  readonly #down: Pipe
  #isDown = false

  constructor(timeline: Timeline, dice: Dice, client: ClientEnd) {
    this.client = client
    this.#up = new Pipe(timeline, dice)
    this.#down = new Pipe(timeline, dice)
  }

  get isDown(): boolean {
    return this.#isDown
  }

  /** Runs when the handshake has come to the gateway. */
  knock(answer: () => void): void {
    this.#up.push(answer)
  }

  accept(server: ServerEnd): void {
    this.server = server
    this.#down.push(() => this.client.opened())
  }

  toServer(text: string): void {
    this.#up.push(() => this.server?.frame(text))
  }

  toClient(text: string): void {
    this.#down.push(() => this.client.frame(text))
  }

  /** The client closes it, and the gateway is told. */
  leave(): void {
    this.#up.push(() => this.#endServer())
  }

  /** The gateway closes it or refuses the handshake, and the client is told. */
  end(): void {
    this.#endServer()
    this.#down.push(() => this.#endClient())
  }

  /**
   * The network breaks it.
   *
   * @param late what is under way to the client still comes, and then the news
   */
  cut(late: boolean): void {
    this.#up.empty()
    if (!late) this.#down.empty()
    this.#down.push(() => this.#endClient())
    this.#up.push(() => this.#endServer())
  }

  /** One direction or both swallow all, and nobody is told. */
  halve(directions: { readonly up: boolean; readonly down: boolean }): void {
    this.#up.swallows ||= directions.up
    this.#down.swallows ||= directions.down
  }

  stall(untilMs: number): void {
    for (const pipe of [this.#up, this.#down]) {
      pipe.stalledUntilMs = Math.max(pipe.stalledUntilMs, untilMs)
    }
  }

  #endClient(): void {
    if (this.#isDown) return
    this.#isDown = true
    this.client.dropped()
  }

  #endServer(): void {
    const { server } = this
    this.server = undefined
    server?.ended()
  }
}
