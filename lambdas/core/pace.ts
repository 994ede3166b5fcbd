/**
 * How far a pace may fall behind and catch up: longer than the gaps between one chunk and the next.
 * All workers together then post at most 4,000 at once, below the account's burst of 5,000 requests.
 */
const BURST_MS = 500

/** What a window takes at least, so that one slow reader does not make it. */
const WINDOW_MS = 100
const WINDOW_POSTS = 20

/**
 * What the rate rises by after each window, as a share of its maximum. It is back at the maximum
 * some two seconds after the last refusal, and tries no more than this above what is accepted.
 */
const RAISE = 0.05

/**
 * The rate of posts: at most a maximum, which is this worker's share of the account's quota. It is
 * lowered to what API Gateway accepts when that answers 429, and raised again step by step.
 */
export class Pace {
  readonly #maxPerSecond: number
  #perSecond: number
  /** When the next post would be due if all had gone at exactly this rate. */
  #dueMs = -Infinity
  #windowStartMs = 0
  #accepted = 0
  #refused = 0

  constructor(maxPerSecond: number) {
    this.#maxPerSecond = maxPerSecond
    this.#perSecond = maxPerSecond
  }

  /** Posts a second. */
  get perSecond(): number {
    return this.#perSecond
  }

  /**
   * Takes the next turn to post.
   *
   * @returns the milliseconds until then; undefined, and no turn, when it is not before the deadline
   */
  take(nowMs: number, deadlineMs: number): number | undefined {
    this.#recover(nowMs)
    const dueMs = Math.max(this.#dueMs, nowMs - BURST_MS)
    const waitMs = Math.max(0, dueMs - nowMs)
    if (nowMs + waitMs >= deadlineMs) return undefined
    this.#dueMs = dueMs + 1000 / this.#perSecond
    return waitMs
  }

  /** Notes that API Gateway took a post. */
  accepted(nowMs: number): void {
    this.#accepted += 1
    this.#adapt(nowMs)
  }

  /** Notes that it answered 429. */
  refused(nowMs: number): void {
    this.#refused += 1
    this.#adapt(nowMs)
  }

  /** While nothing is noted, as in a retry, nothing speaks against rising. */
  #recover(nowMs: number): void {
    const passedMs = nowMs - this.#windowStartMs
    if (this.#accepted + this.#refused > 0 || passedMs < WINDOW_MS) return
    this.#beginWindow(nowMs, this.#perSecond, passedMs / WINDOW_MS)
  }

  #adapt(nowMs: number): void {
    const posts = this.#accepted + this.#refused
    if (posts < WINDOW_POSTS || nowMs - this.#windowStartMs < WINDOW_MS) return
    this.#beginWindow(nowMs, (this.#perSecond * this.#accepted) / posts, 1)
  }

  /** Goes on from this rate, raised as often as so many windows have passed. */
  #beginWindow(nowMs: number, perSecond: number, windows: number): void {
    const raised = perSecond + this.#maxPerSecond * RAISE * windows
    this.#perSecond = Math.min(this.#maxPerSecond, raised)
    this.#windowStartMs = nowMs
    this.#accepted = 0
    this.#refused = 0
  }
}
