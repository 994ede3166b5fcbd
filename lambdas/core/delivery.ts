/**
 * What became of a message for one recipient.
 *
 * - `sent`: API Gateway accepted it.
 * - `gone`: there is no such connection any more.
 * - `throttled`: too much for the account's quota or for the recipient, or time ran out before it
 *   could be tried.
 * - `unavailable`: no answer, or one of a server's own failure.
 * - `failed`: refused for a reason that another attempt would meet again.
 */
export type Outcome = 'sent' | 'gone' | 'throttled' | 'unavailable' | 'failed'

/** How many recipients had which outcome. */
export type Counts = Readonly<Record<Outcome, number>>

/** Whether the message could still arrive if it were posted again. */
export function canStillArrive(outcome: Outcome): boolean {
  return outcome === 'throttled' || outcome === 'unavailable'
}

export function count(outcomes: Iterable<Outcome>): Counts {
  const counts = { sent: 0, gone: 0, throttled: 0, unavailable: 0, failed: 0 }
  for (const outcome of outcomes) counts[outcome] += 1
  return counts
}

/** The recipients whose outcome fits, in their order. */
export function idsWith(
  outcomes: ReadonlyMap<string, Outcome>,
  fits: (outcome: Outcome) => boolean,
): string[] {
  return [...outcomes].flatMap(([connectionId, outcome]) => (fits(outcome) ? [connectionId] : []))
}

/** A part of an audience. */
export interface Page {
  readonly connectionIds: readonly string[]
  /** Where the next page begins; undefined: there is none. */
  readonly next: string | undefined
}

/** The connections that may be online. */
export interface Connections {
  /**
   * Those that have not expired, in the table's own order, which stays the same.
   *
   * @param after where to begin, as an earlier page said
   * @param limit how many items to look at; by default as many as fit into 1 MB
   * @throws when the table cannot be read
   */
  page(after?: string, limit?: number): Promise<Page>
  /**
   * Takes a connection out that answered "gone".
   *
   * @throws when the table cannot be written
   */
  prune(connectionId: string): Promise<Pruned>
}

/**
 * What became of the item of a connection that answered "gone".
 *
 * - `taken`: this has taken it out.
 * - `absent`: somebody else had, or the TTL.
 * - `connecting`: it was left, because its handshake may be under way still.
 */
export type Pruned = 'taken' | 'absent' | 'connecting'

/** Where messages wait that are not for now. */
export interface Queue {
  /**
   * @param delaySeconds how long nobody sees them, 900 at most; 0 by default
   * @throws when not all of them could be queued; some may be
   */
  send(bodies: readonly string[], delaySeconds?: number): Promise<void>
}

/**
 * What a function keeps for itself at the end: a post that begins at the deadline and waits for its
 * answer as long as it may, and the calls that follow from it.
 */
export const RESERVE_MS = 6_000
