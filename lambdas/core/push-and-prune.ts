import type { AudienceDeps } from './audience.ts'
import { count, idsWith, type Outcome, type Pruned } from './delivery.ts'
import { eachConcurrently } from './each-concurrently.ts'
import { leaveAll, type LeavingDeps } from './leaving.ts'
import type { Measures } from './measures.ts'
import { push, type Push, type PushDeps } from './push.ts'

/**
 * How long a handshake that was under way gets to end before its connection is asked again.
 * `$connect` returns right after its writes, so that a second is long; it is no promise.
 */
const CONNECTING_GRACE_MS = 1_000

/** How long whoever has taken a connection out gets to take it out of its rooms: some calls. */
const LEAVING_GRACE_MS = 250

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
 * connecting still is asked again after a second: without its item, it would be deaf for two hours. Whom
 * another has taken out is the other's to take out of its rooms too, or all who met it would tell them:
 * here that is only done when the other has not, as one that has died.
 *
 * @returns one outcome for each id; it never rejects
 */
export async function pushAndPrune(
  job: Push,
  deps: DeliveryDeps,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = await push(job, deps)
  const gone = idsWith(outcomes, (outcome) => outcome === 'gone')
  const { connecting, absent } = await prune(gone, job.deadlineMs, deps)
  const graceMs = connecting.length > 0 ? CONNECTING_GRACE_MS : LEAVING_GRACE_MS
  if (connecting.length + absent.length > 0 && deps.now() + graceMs < job.deadlineMs) {
    await deps.sleep(graceMs)
    const later = await push({ ...job, connectionIds: connecting, isRetry: true }, deps)
    for (const [connectionId, outcome] of later) outcomes.set(connectionId, outcome)
    await cleanUp(absent, job.deadlineMs, deps, (connectionId) => leaveAll(connectionId, deps))
  }
  deps.measure(count(outcomes.values()))
  return outcomes
}

/** @returns those that were not taken out here, and why */
async function prune(
  gone: readonly string[],
  deadlineMs: number,
  deps: DeliveryDeps,
): Promise<Record<'connecting' | 'absent', readonly string[]>> {
  const left: Record<Pruned, string[]> = { taken: [], absent: [], connecting: [] }
  await cleanUp(gone, deadlineMs, deps, async (connectionId) => {
    const pruned = await deps.connections.prune(connectionId)
    left[pruned].push(connectionId)
    if (pruned === 'taken') await leaveAll(connectionId, deps)
  })
  return left
}

/**
 * Begins no delete after the deadline, because a table that hardly answers must not cost the outcomes
 * that are known: the next broadcast meets who is left again, and the TTL takes it at last.
 */
async function cleanUp(
  connectionIds: readonly string[],
  deadlineMs: number,
  deps: DeliveryDeps,
  clean: (connectionId: string) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = []
  await eachConcurrently(connectionIds, CONCURRENT_DELETES, async (connectionId) => {
    if (deps.now() >= deadlineMs) return
    try {
      await clean(connectionId)
    } catch (error) {
      errors.push(error)
    }
  })
  if (errors.length > 0) deps.report('prune_failed', errors[0], { count: errors.length })
}
