import type { Connection } from './connection.ts'

/**
 * Posts under way at a time, and sockets kept for them. With 15 ms to an answer that is about 3,000
 * posts a second, of the 10,000 requests that all of an account shares; twice as many would be 5,000,
 * and what is throttled is not posted again.
 */
export const CONCURRENT_POSTS = 50

/** What became of one post: `throttled` and `failed` recipients may still be online. */
export type Outcome = 'sent' | 'gone' | 'throttled' | 'failed'

/** How many recipients had which outcome, as the ack tells it. */
export interface Tally {
  readonly sent: number
  readonly gone: number
  readonly failed: number
}

/** The connections that may be online. */
export interface Connections {
  /** Every item, a page at a time. Throws when the table cannot be read. */
  pages(): AsyncIterable<readonly Connection[]>
  /** Does nothing when the item is gone already. */
  remove(connectionId: string): Promise<void>
}

/** What delivering needs from the outside. */
export interface DeliveryDeps {
  readonly connections: Connections
  /** Never rejects: a failure is an outcome. */
  post(connectionId: string, frame: string): Promise<Outcome>
  /** Milliseconds since 1970. */
  now(): number
  sleep(milliseconds: number): Promise<void>
  /** Notes a failure in the log, without a word of what a client sent. */
  report(event: string, error: unknown): void
}
