import type { Left } from '../../protocol/messages.ts'
import type { Queue } from './delivery.ts'
import { eachConcurrently } from './each-concurrently.ts'
import { writeJob } from './job.ts'
import type { Membership, Memberships } from './membership.ts'

/** Memberships that are ended at a time: each is one small write. */
const CONCURRENT_REMOVALS = 10

/** What leaving needs from the outside. */
export interface LeavingDeps {
  readonly memberships: Memberships
  readonly queue: Queue
  /** Milliseconds since 1970. */
  now(): number
}

/**
 * Ends a membership, and tells the others in the group if they were told of its beginning. That comes
 * first: who dies before the end leaves the membership there, and whoever finds it next tells them again,
 * under the same id.
 *
 * @throws when the table or the queue fails
 */
export async function endMembership(
  { group, connectionId, announcement }: Omit<Membership, 'expiresAt'>,
  deps: LeavingDeps,
): Promise<void> {
  if (announcement !== undefined) {
    const left: Left = { type: 'left', id: `${announcement}-left`, group, connectionId }
    const job = { frame: JSON.stringify(left), audience: { group }, except: connectionId }
    await deps.queue.send([writeJob({ ...job, sinceMs: deps.now() })])
  }
  await deps.memberships.remove(group, connectionId)
}

/** Ends all memberships of a connection that has ended. Throws as {@link endMembership}. */
export async function leaveAll(connectionId: string, deps: LeavingDeps): Promise<void> {
  const memberships = await deps.memberships.ofConnection(connectionId)
  await eachConcurrently(memberships, CONCURRENT_REMOVALS, (each) => endMembership(each, deps))
}
