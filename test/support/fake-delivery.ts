import { setImmediate as nextTurn } from 'node:timers/promises'
import { expiresAt, type Connection } from '../../lambdas/core/connection.ts'
import type { Connections, Outcome } from '../../lambdas/core/delivery.ts'
import type { MessageDeps } from '../../lambdas/core/on-message.ts'

/** When the fakes' clock stands. */
export const NOW_MS = Date.UTC(2026, 0, 1)

/** A connection made so many seconds before the fakes' clock: by default long ago. */
export function connected(connectionId: string, secondsAgo = 600): Connection {
  return { connectionId, expiresAt: expiresAt(NOW_MS - secondsAgo * 1_000) }
}

/** Pages of connections; an Error in their midst is thrown when its turn comes. */
export type Pages = readonly (readonly Connection[] | Error)[]

/** What a broadcast and a message need, in memory, with a record of what was asked of it. */
export class FakeDelivery implements MessageDeps {
  readonly posts: { connectionId: string; frame: string }[] = []
  readonly removed: string[] = []
  readonly reports: { event: string; error: unknown }[] = []
  readonly slept: number[] = []
  readonly connections: Connections
  /** What removing throws, if anything. */
  removeError: Error | undefined
  /** The outcomes of the posts to a connection, one after the other; then `sent`. */
  readonly #outcomes: Map<string, Outcome[]>

  constructor(pages: Pages = [], outcomes: Readonly<Record<string, readonly Outcome[]>> = {}) {
    this.#outcomes = new Map(Object.entries(outcomes).map(([id, list]) => [id, [...list]]))
    this.connections = {
      pages: async function* () {
        for (const page of pages) {
          await nextTurn()
          if (page instanceof Error) throw page
          yield page
        }
      },
      remove: async (connectionId) => {
        await nextTurn()
        if (this.removeError) throw this.removeError
        this.removed.push(connectionId)
      },
    }
  }

  /** Who was posted to, in the order of the posts. */
  get recipients(): string[] {
    return this.posts.map(({ connectionId }) => connectionId)
  }

  post = async (connectionId: string, frame: string): Promise<Outcome> => {
    this.posts.push({ connectionId, frame })
    await nextTurn()
    return this.#outcomes.get(connectionId)?.shift() ?? 'sent'
  }

  now = (): number => NOW_MS

  sleep = async (milliseconds: number): Promise<void> => {
    await nextTurn()
    this.slept.push(milliseconds)
  }

  report = (event: string, error: unknown): void => {
    this.reports.push({ event, error })
  }

  newMessageId = (): string => 'message-1'
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn()
}

/** Whether a promise has ended once everything that can run has run. */
export async function hasEnded(promise: Promise<unknown>): Promise<boolean> {
  let ended = false
  const end = (): void => {
    ended = true
  }
  promise.then(end, end)
  await settle()
  return ended
}
