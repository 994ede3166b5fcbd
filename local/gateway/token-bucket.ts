/** Fills by the second up to its size; what takes from it is let through while there is some. */
export class TokenBucket {
  readonly #clock: { now(): number }
  readonly #perSecond: number
  readonly #size: number
  #tokens: number
  #filledAtMs: number

  constructor(clock: { now(): number }, perSecond: number, size: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#size = size
    this.#tokens = size
    this.#filledAtMs = clock.now()
  }

  /** Takes a token, if there is one. */
  take(): boolean {
    const now = this.#clock.now()
    const gained = (Math.max(0, now - this.#filledAtMs) * this.#perSecond) / 1000
    this.#tokens = Math.min(this.#size, this.#tokens + gained)
    this.#filledAtMs = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
