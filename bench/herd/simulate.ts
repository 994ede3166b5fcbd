import { randomNumbers } from '../../local/faults/random.ts'
import { TokenBucket } from '../../local/gateway/token-bucket.ts'
import { EventQueue } from '../simulation/event-queue.ts'
import type { ClientKind } from './client-kind.ts'

export interface Outage {
  readonly clients: number
  /** For how long the door is shut. */
  readonly outageSeconds: number
  /** How many it lets in each second after that; as many at once when none came for a second. */
  readonly doorPerSecond: number
  readonly seed: number
}

/** A herd's way back. Its seconds are counted from the first loss of a line. */
export interface Herd {
  /** Tries to connect that began in each second. */
  readonly attemptsPerSecond: readonly number[]
  /** When clients were back, earliest first. */
  readonly backAtSeconds: readonly number[]
  readonly gaveUp: number
}

/** All lines are lost within so many milliseconds. */
const LOSS_SPREAD_MS = 200

/** How long a try takes, whether the door lets it in or not, and the answer to a ping too. */
const ROUND_TRIP_MS = { shortest: 50, longest: 150 } as const

/** All have been connected for so long that what failed before is forgotten. */
const CONNECTED_MS = 60_000

/** Who is not back so long after the door has opened does not come back. */
const PATIENCE_MS = 600_000

/**
 * Clients of one kind lose their lines all at once, find the door shut, and then one that lets in
 * only some each second. Time is virtual, and one seed has always the same result.
 */
export function simulateHerd(kind: ClientKind, outage: Outage): Herd {
  return new Simulation(outage).run(kind)
}

class Simulation {
  readonly #outage: Outage
  readonly #queue = new EventQueue(-CONNECTED_MS)
  readonly #random: () => number
  readonly #opensMs: number
  readonly #attemptsPerSecond: number[] = []
  readonly #backAtSeconds: number[] = []
  #gaveUp = 0
  /** Once it is open. */
  #door: TokenBucket | undefined

  constructor(outage: Outage) {
    this.#outage = outage
    this.#random = randomNumbers(outage.seed)
    this.#opensMs = outage.outageSeconds * 1000
    this.#queue.at(this.#opensMs, () => {
      this.#door = new TokenBucket(this.#queue, outage.doorPerSecond, outage.doorPerSecond)
    })
  }

  run(kind: ClientKind): Herd {
    for (let count = 0; count < this.#outage.clients; count += 1) {
      this.#queue.at(this.#random() * LOSS_SPREAD_MS, this.#join(kind))
    }
    this.#queue.run(
      this.#opensMs + PATIENCE_MS,
      () => this.#backAtSeconds.length + this.#gaveUp === this.#outage.clients,
    )
    return {
      attemptsPerSecond: this.#attemptsPerSecond,
      backAtSeconds: this.#backAtSeconds,
      gaveUp: this.#gaveUp,
    }
  }

  #join(kind: ClientKind): () => void {
    return kind.join({
      queue: this.#queue,
      random: this.#random,
      attempt: (answer) => {
        const isIn = this.#isLetIn()
        this.#queue.after(this.#roundTripMs(), () => answer(isIn))
      },
      roundTripMs: () => this.#roundTripMs(),
      back: () => {
        if (!this.#isBefore()) this.#backAtSeconds.push(this.#queue.now() / 1000)
      },
      giveUp: () => {
        this.#gaveUp += 1
      },
    })
  }

  #isLetIn(): boolean {
    if (this.#isBefore()) return true
    const second = Math.floor(this.#queue.now() / 1000)
    while (this.#attemptsPerSecond.length <= second) this.#attemptsPerSecond.push(0)
    this.#attemptsPerSecond[second] = (this.#attemptsPerSecond[second] ?? 0) + 1
    return this.#door?.take() ?? false
  }

  #isBefore(): boolean {
    return this.#queue.now() < 0
  }

  #roundTripMs(): number {
    const { shortest, longest } = ROUND_TRIP_MS
    return shortest + this.#random() * (longest - shortest)
  }
}
