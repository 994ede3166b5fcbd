import { fullJitter } from './backoff.ts'
import { canStillArrive, type Outcome } from './delivery.ts'
import { eachConcurrently } from './each-concurrently.ts'
import type { Pace } from './pace.ts'

/**
 * Posts under way at a time, and sockets kept for them. With 15 ms to an answer that is about 3,000
 * posts a second, several times a worker's share of an account's quota.
 */
export const CONCURRENT_POSTS = 50

/** Attempts to post to one connection, the first counted. */
const MAX_ATTEMPTS = 4

/** The wait before the second attempt, and the longest: a deadline has some seconds. */
const BASE_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 2_000

/** What pushing needs from the outside. */
export interface PushDeps {
  /** Never rejects: a failure is an outcome. */
  post(connectionId: string, frame: string): Promise<Outcome>
  readonly pace: Pace
  /** Milliseconds since 1970. */
  now(): number
  sleep(milliseconds: number): Promise<void>
  /** From 0 to below 1. */
  random(): number
}

/**
 * Pushes a frame to connections, in rounds: whom the first did not reach and another could is tried
 * again in the next, after a pause. A slow reader is so left to the last rounds, in nobody's way.
 *
 * @param deadlineMs when the last post may begin, in milliseconds since 1970
 * @returns one outcome for each id; it never rejects
 */
export async function push(
  frame: string,
  connectionIds: readonly string[],
  deadlineMs: number,
  deps: PushDeps,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>()
  let left = connectionIds
  for (let retry = 0; left.length > 0 && retry < MAX_ATTEMPTS; retry += 1) {
    if (retry > 0) {
      const pauseMs = fullJitter(retry - 1, BASE_BACKOFF_MS, MAX_BACKOFF_MS, deps.random())
      if (deps.now() + pauseMs >= deadlineMs) break
      await deps.sleep(pauseMs)
    }
    await eachConcurrently(left, CONCURRENT_POSTS, async (connectionId) => {
      const outcome = await postInTurn(frame, connectionId, deadlineMs, deps)
      // Without a turn, what the last attempt met still holds.
      if (outcome) outcomes.set(connectionId, outcome)
      else if (!outcomes.has(connectionId)) outcomes.set(connectionId, 'throttled')
    })
    left = left.filter((connectionId) => canStillArrive(outcomes.get(connectionId) ?? 'throttled'))
  }
  return outcomes
}

/** Undefined when there is no turn before the deadline. */
async function postInTurn(
  frame: string,
  connectionId: string,
  deadlineMs: number,
  deps: PushDeps,
): Promise<Outcome | undefined> {
  const waitMs = deps.pace.take(deps.now(), deadlineMs)
  if (waitMs === undefined) return undefined
  if (waitMs >= 1) await deps.sleep(waitMs)
  const outcome = await deps.post(connectionId, frame)
  if (outcome === 'sent' || outcome === 'throttled') {
    deps.pace.note(outcome === 'sent', deps.now())
  }
  return outcome
}
