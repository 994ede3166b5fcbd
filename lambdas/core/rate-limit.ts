/** How many frames a connection may send. */
export interface RateLimit {
  /** In the long run. */
  readonly messagesPerSecond: number
  /** At once, after a pause. */
  readonly burst: number
}

/** What becomes of a frame: it may pass, it came too soon, or it is one too many. */
export type Turn =
  | { readonly kind: 'granted' }
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  | { readonly kind: 'exceeded' }

/**
 * A connection that goes on sending is closed each time that this much more of debt has come
 * together: what it would be allowed in half a minute. Once is enough, unless that failed.
 */
export const CLOSE_AT_DEBT_MS = 30_000

/** The time that one frame takes up. */
export function intervalMs({ messagesPerSecond }: RateLimit): number {
  return 1_000 / messagesPerSecond
}

/**
 * The generic cell rate algorithm (GCRA), the leaky bucket as a meter, whose state is one number:
 * the theoretical arrival time, at which a connection that sends at its rate would send next. Each
 * frame moves it on by its interval, and so do those that are refused: who goes on sending stays
 * refused, and who pauses for `retryAfterMs` does not.
 *
 * @param arrivalMs the theoretical arrival time after this frame, in milliseconds since 1970
 */
export function judgeTurn(arrivalMs: number, nowMs: number, limit: RateLimit): Turn {
  const interval = intervalMs(limit)
  const debtMs = arrivalMs - limit.burst * interval - nowMs
  // Sums of fractions may be off by a little: a frame on the dot passes.
  if (debtMs <= ROUNDING_MS) return { kind: 'granted' }
  const before = Math.max(0, debtMs - Math.max(interval, SPREAD_MS))
  if (closesAt(debtMs) > closesAt(before)) return { kind: 'exceeded' }
  return { kind: 'limited', retryAfterMs: Math.ceil(debtMs + interval) }
}

const ROUNDING_MS = 0.001

/**
 * Functions that run at once read their clocks up to so long before they take a turn, a cold one
 * longest: were only the one frame looked for that reaches the limit, each could find itself beside it.
 */
const SPREAD_MS = 500

function closesAt(debtMs: number): number {
  return Math.floor(debtMs / CLOSE_AT_DEBT_MS)
}
