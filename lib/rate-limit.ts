/** How many messages a connection may send; a ping, which runs no Lambda, is none of them. */
export interface RateLimit {
  /** In the long run: more than 0, up to 1,000. */
  readonly messagesPerSecond: number
  /** At once, after a pause: 1 to 10,000. */
  readonly burst: number
}

/** Fast typing, a game's moves, a cursor at ten frames a second; no flood. */
const DEFAULT: RateLimit = { messagesPerSecond: 10, burst: 20 }

/**
 * As the functions take it.
 *
 * @throws RangeError when a number is not what its description says
 */
export function resolveRateLimit(rateLimit: RateLimit | null = DEFAULT): RateLimit {
  if (rateLimit === null) return { messagesPerSecond: 0, burst: 0 }
  const { messagesPerSecond, burst } = rateLimit
  if (!(messagesPerSecond > 0 && messagesPerSecond <= 1_000)) {
    throw new RangeError(
      `rateLimit.messagesPerSecond: expected a number above 0, up to 1000, got ${messagesPerSecond}`,
    )
  }
  if (!(Number.isInteger(burst) && burst >= 1 && burst <= 10_000)) {
    throw new RangeError(`rateLimit.burst: expected a whole number from 1 to 10000, got ${burst}`)
  }
  return rateLimit
}
