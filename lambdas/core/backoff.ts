/**
 * How long to wait before another attempt, with full jitter: anything from none to a limit that
 * doubles with each attempt, so that those who failed together do not come back together.
 *
 * @param retry which one it is, from 0
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(retry: number, base: number, cap: number, random: number): number {
  return random * Math.min(cap, base * 2 ** retry)
}
