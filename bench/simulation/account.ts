import type { Outcome } from '../../lambdas/core/delivery.ts'
import { TokenBucket } from '../../local/gateway/token-bucket.ts'
import type { Audience } from './audience.ts'
import type { SimulatedClock } from './clock.ts'
import type { Conditions } from './conditions.ts'

/** The @connections of an account: its quota is a token bucket, and each post takes its time. */
export class Account {
  readonly #clock: SimulatedClock
  readonly #conditions: Conditions
  readonly #random: () => number
  readonly #quota: TokenBucket
  posts = 0
  throttled = 0

  constructor(clock: SimulatedClock, conditions: Conditions, random: () => number) {
    this.#clock = clock
    this.#conditions = conditions
    this.#random = random
    this.#quota = new TokenBucket(clock, conditions.quotaPerSecond, conditions.quotaBurst)
  }

  /** Posts a message to one of an audience; `cpuMs` passes before the request is out. */
  async post(connectionId: string, audience: Audience, cpuMs: number): Promise<Outcome> {
    this.posts += 1
    const outcome = this.#decide(connectionId, audience)
    const arrives = outcome === 'sent' || outcome === 'lostAfter'
    await this.#clock.sleep(cpuMs + this.#latencyMs())
    if (arrives) audience.receive(connectionId)
    if (outcome === 'throttled') this.throttled += 1
    return outcome === 'lostAfter' ? 'unavailable' : outcome
  }

  #decide(connectionId: string, audience: Audience): Outcome | 'lostAfter' {
    const { throttled, unavailable, reset, slowSeconds } = this.#conditions
    if (!this.#quota.take() || this.#random() < throttled) return 'throttled'
    if (this.#random() < unavailable) return 'unavailable'
    if (audience.isGone(connectionId)) return 'gone'
    const readsNothing = this.#clock.now() < slowSeconds * 1000
    if (readsNothing && audience.isSlow(connectionId)) return 'throttled'
    if (this.#random() < reset) return this.#random() < 0.5 ? 'unavailable' : 'lostAfter'
    return 'sent'
  }

  /** Lognormal: most answers come soon, some late. */
  #latencyMs(): number {
    const { postMs, postSpread } = this.#conditions
    const normal =
      Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random())
    return postMs * Math.exp(postSpread * normal)
  }
}
