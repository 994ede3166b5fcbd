/** Each bucket ends so much above the one before: no percentile is further off. */
const GROWTH = 1.02

/** An hour. What takes longer is in the last bucket. */
const MOST_MS = 3_600_000

/** Times below it are not told apart. */
const LEAST_MS = 0.1

const BUCKETS = Math.ceil(Math.log(MOST_MS / LEAST_MS) / Math.log(GROWTH)) + 1

/** In milliseconds; undefined when there was nothing to measure. */
export interface Percentiles {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** Any number of times, in a memory that does not grow: counted in buckets of 2 %. */
export class Latencies {
  readonly #buckets = new Uint32Array(BUCKETS)
  #count = 0
  #max = 0

  get count(): number {
    return this.#count
  }

  add(milliseconds: number): void {
    const steps = Math.ceil(Math.log(Math.max(1, milliseconds / LEAST_MS)) / Math.log(GROWTH))
    const bucket = Math.min(BUCKETS - 1, steps)
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#count += 1
    this.#max = Math.max(this.#max, milliseconds)
  }

  percentiles(): Percentiles | undefined {
    if (this.#count === 0) return undefined
    const [p50, p90, p99] = [this.#at(0.5), this.#at(0.9), this.#at(0.99)]
    return { p50, p90, p99, max: round(this.#max) }
  }

  /** The end of the bucket in which so large a share of the times has come together. */
  #at(share: number): number {
    let left = Math.max(1, Math.ceil(this.#count * share))
    const bucket = this.#buckets.findIndex((count) => {
      left -= count
      return left <= 0
    })
    return round(Math.min(this.#max, LEAST_MS * GROWTH ** bucket))
  }
}

function round(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10
}
