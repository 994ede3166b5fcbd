/** How many messages a connection may send; a ping, which runs no Lambda, is none of them. */
export interface RateLimit {
  /**
   * In the long run: 0.01 to 1,000. Whoever goes on for half a minute's worth more is disconnected:
   * below one in 30 seconds, at the first that is too many.
   */
  readonly messagesPerSecond: number
  /** At once, after a pause: 1 to 10,000, and no more than comes back within five minutes. */
  readonly burst: number
}

/**
 * How far ahead of the clock a burst may put a connection's arrival time. Until it has passed, nobody
 * knows of one that has left without a word whether it is still being made.
 */
const MAX_BURST_SECONDS = 300

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
  if (!(messagesPerSecond >= 0.01 && messagesPerSecond <= 1_000)) {
    throw new RangeError(
      `rateLimit.messagesPerSecond: expected a number from 0.01 to 1000, got ${messagesPerSecond}`,
    )
  }
  if (!(Number.isInteger(burst) && burst >= 1 && burst <= 10_000)) {
    throw new RangeError(`rateLimit.burst: expected a whole number from 1 to 10000, got ${burst}`)
  }
  const most = Math.floor(messagesPerSecond * MAX_BURST_SECONDS)
  if (burst > most) {
    throw new RangeError(
      `rateLimit.burst: expected at most ${most}, what ${messagesPerSecond} a second give in ${MAX_BURST_SECONDS} seconds, got ${burst}`,
    )
  }
  return rateLimit
}
