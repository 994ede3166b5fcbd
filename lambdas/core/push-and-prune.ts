import type { AudienceDeps } from './audience.ts'
import { count, idsWith, type Outcome } from './delivery.ts'
import { eachConcurrently } from './each-concurrently.ts'
import { leaveAll, type LeavingDeps } from './leaving.ts'
import type { Measures } from './measures.ts'
import { push, type Push, type PushDeps } from './push.ts'

/**
 * How long a handshake that was under way gets to end before its connection is asked again.
 * `$connect` returns right after its write, so that a second is long; it is no promise.
 */
const CONNECTING_GRACE_MS = 1_000

/** Deletes under way at a time: each is one small write. */
const CONCURRENT_DELETES = 25

/** What delivering needs from the outside. */
export interface DeliveryDeps extends PushDeps, AudienceDeps, LeavingDeps {
  /** Notes a failure in the log, without a word of what a client sent. */
  report(event: string, error: unknown, more?: Readonly<Record<string, number>>): void
  /** Adds to the metrics. */
  measure(measures: Measures): void
}

/**
 * Pushes a frame to connections, and takes those that are gone out of the tables. Whoever may be
 * connecting still is asked again after a second: without its item, it would be deaf for two hours.
 *
 * @returns one outcome for each id; it never rejects
 */
export async function pushAndPrune(
  job: Push,
  deps: DeliveryDeps,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = await push(job, deps)
  const gone = idsWith(outcomes, (outcome) => outcome === 'gone')
  const connecting = await prune(gone, job.deadlineMs, deps)
  if (connecting.length > 0 && deps.now() + CONNECTING_GRACE_MS < job.deadlineMs) {
    await deps.sleep(CONNECTING_GRACE_MS)
    const later = await push({ ...job, connectionIds: connecting, isRetry: true }, deps)
    for (const [connectionId, outcome] of later) outcomes.set(connectionId, outcome)
  }
  deps.measure(count(outcomes.values()))
  return outcomes
}

/**
 * Begins no delete after the deadline, because a table that hardly answers must not cost the outcomes
 * that are known: the next broadcast meets who is left again, and the TTL takes it at last.
 *
 * @returns those that were left because they may be connecting
 */
async function prune(
  gone: readonly string[],
  deadlineMs: number,
  deps: DeliveryDeps,
): Promise<string[]> {
  const connecting: string[] = []
  const errors: unknown[] = []
  await eachConcurrently(gone, CONCURRENT_DELETES, async (connectionId) => {
    if (deps.now() >= deadlineMs) return
    try {
      if (await deps.connections.prune(connectionId)) await leaveAll(connectionId, deps)
      else connecting.push(connectionId)
    } catch (error) {
      errors.push(error)
    }
  })
  if (errors.length > 0) deps.report('prune_failed', errors[0], { count: errors.length })
  return connecting
}
