import { fullJitter } from './backoff.ts'
import { canStillArrive, idsWith, type Outcome } from './delivery.ts'
import { eachConcurrently } from './each-concurrently.ts'
import type { Pace } from './pace.ts'

/**
 * Posts under way at a time, and sockets kept for them. With 15 ms to an answer that is about 3,000
 * posts a second, several times a worker's share of an account's quota.
 */
export const CONCURRENT_POSTS = 50

/** Rounds of a push, for those who have not been tried in vain before. */
const MAX_ROUNDS = 4

/** The pause before the second round at most, and before any: a deadline has some seconds. */
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

/** A frame for connections. */
export interface Push {
  readonly frame: string
  readonly connectionIds: readonly string[]
  /** When the last post may begin, in milliseconds since 1970. */
  readonly deadlineMs: number
  /**
   * Whether all of these have been tried in vain before. Then there is one round, because whoever
   * tries again does the waiting; and what slow readers answer says nothing of the pace.
   */
  readonly isRetry?: boolean
}

/**
 * Pushes a frame to connections, in rounds: whom the first did not reach and another could is tried
 * again in the next, after a pause. A slow reader is so left to the last rounds, in nobody's way.
 *
 * @returns one outcome for each id; it never rejects
 */
export async function push(
  { frame, connectionIds, deadlineMs, isRetry = false }: Push,
  deps: PushDeps,
): Promise<Map<string, Outcome>> {
  // Who has no turn before the deadline keeps this.
  const outcomes = new Map<string, Outcome>(connectionIds.map((id) => [id, 'throttled']))
  const rounds = isRetry ? 1 : MAX_ROUNDS
  let left = connectionIds
  for (let round = 0; left.length > 0 && round < rounds; round += 1) {
    if (round > 0) {
      const pauseMs = fullJitter(round - 1, BASE_BACKOFF_MS, MAX_BACKOFF_MS, deps.random())
      if (deps.now() + pauseMs >= deadlineMs) break
      await deps.sleep(pauseMs)
    }
    await eachConcurrently(left, CONCURRENT_POSTS, async (connectionId) => {
      const waitMs = deps.pace.take(deps.now(), deadlineMs)
      if (waitMs === undefined) return
      if (waitMs >= 1) await deps.sleep(waitMs)
      const outcome = await deps.post(connectionId, frame)
      outcomes.set(connectionId, outcome)
      const isTelling = round === 0 && !isRetry
      if (isTelling && outcome === 'sent') deps.pace.accepted(deps.now())
      if (isTelling && outcome === 'throttled') deps.pace.refused(deps.now())
    })
    left = idsWith(outcomes, canStillArrive)
  }
  return outcomes
}
