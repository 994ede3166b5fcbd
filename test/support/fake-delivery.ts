import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DeliverDeps } from '../../lambdas/core/deliver.ts'
import type { Connections, Outcome, Page, Pruned, Queue } from '../../lambdas/core/delivery.ts'
import type { Membership, Memberships } from '../../lambdas/core/membership.ts'
import type { Measures } from '../../lambdas/core/measures.ts'
import type { Turns } from '../../lambdas/core/refusal.ts'
import type { MessageDeps } from '../../lambdas/core/on-message.ts'
import { Pace } from '../../lambdas/core/pace.ts'
import type { RateLimit } from '../../lambdas/core/rate-limit.ts'
import { carryOutRoom, type RoomDeps } from '../../lambdas/core/rooms.ts'
import type { Command } from '../../lambdas/core/schema.ts'
import { carryOutSend, type SendMessageDeps } from '../../lambdas/core/send-message.ts'
import type { Sender } from '../../lambdas/core/sender.ts'
import type { RoomTarget, ServerMessage, UserTarget } from '../../protocol/messages.ts'
import { VirtualClock } from './virtual-clock.ts'

/** When the fakes' clock begins. */
export const NOW_MS = Date.UTC(2026, 0, 1)

/** A deadline that nothing here comes near to. */
export const NEVER_MS = NOW_MS + 3_600_000

/** Pages of connection ids; an Error in their midst is thrown when its turn comes. */
export type Pages = readonly (readonly string[] | Error)[]

/** The outcomes of the posts to a connection, one after the other; then `sent`. */
export type Outcomes = Readonly<Record<string, readonly Outcome[]>>

/** What a delivery and a message need, in memory, with a record of what was asked of it. */
export class FakeDelivery implements MessageDeps, SendMessageDeps, RoomDeps, DeliverDeps {
  readonly posts: { connectionId: string; frame: string; atMs: number }[] = []
  readonly reports: unknown[] = []
  readonly measured: Measures[] = []
  readonly slept: number[] = []
  readonly clock = new VirtualClock(NOW_MS)
  readonly connections: FakeConnections
  readonly memberships = new FakeMemberships()
  readonly groups = { of: groupOf }
  roomsAreListed = false
  hasUsers = false
  readonly queue = new FakeQueue()
  readonly deadLetterQueue = new FakeQueue()
  pace = new Pace(1_000_000)
  readonly turns = new FakeTurns()
  /** Who was disconnected, after how many posts. */
  readonly disconnected: { connectionId: string; posts: number }[] = []
  rateLimit: RateLimit | undefined
  inlineLimit = 1_000
  chunkSize = 2
  /** How long a post takes. */
  latencyMs = 0
  readonly #outcomes: Map<string, Outcome[]>

  constructor(pages: Pages = [[]], outcomes: Outcomes = {}) {
    this.connections = new FakeConnections(pages)
    this.#outcomes = new Map(Object.entries(outcomes).map(([id, list]) => [id, [...list]]))
  }

  /** Who was posted to, in the order of the posts. */
  get recipients(): string[] {
    return this.posts.map(({ connectionId }) => connectionId)
  }

  post = async (connectionId: string, frame: string): Promise<Outcome> => {
    this.posts.push({ connectionId, frame, atMs: this.clock.nowMs - NOW_MS })
    if (this.latencyMs > 0) await this.clock.sleep(this.latencyMs)
    else await nextTurn()
    return this.#outcomes.get(connectionId)?.shift() ?? 'sent'
  }

  /** As the functions of all routes together. */
  carryOut = (command: Command, sender: Sender, deadlineMs: number): Promise<ServerMessage> => {
    if (command.action === 'sendmessage') return carryOutSend(command, sender, deadlineMs, this)
    return carryOutRoom(command, sender, this)
  }

  disconnect = async (connectionId: string): Promise<void> => {
    await nextTurn()
    this.disconnected.push({ connectionId, posts: this.posts.length })
  }

  now = (): number => this.clock.nowMs

  sleep = async (milliseconds: number): Promise<void> => {
    this.slept.push(milliseconds)
    await this.clock.sleep(milliseconds)
  }

  random = (): number => 0.5

  report = (event: string, error: unknown, more?: Readonly<Record<string, number>>): void => {
    this.reports.push({ event, error, ...more })
  }

  measure = (measures: Measures): void => {
    this.measured.push(measures)
  }

  newMessageId = (): string => 'message-1'

  sha256 = (text: string): string => hash('sha256', text)
}

/** The table, which ends a page at a limit as DynamoDB does: what follows may be nothing. */
export class FakeConnections implements Connections {
  /** What was asked for. */
  readonly reads: { after: string | undefined; limit: number | undefined }[] = []
  readonly pruned: string[] = []
  /** Whom pruning leaves. */
  readonly connecting = new Set<string>()
  /** Whom somebody else has taken out. */
  readonly absent = new Set<string>()
  /** What pruning throws, if anything. */
  pruneError: Error | undefined
  readonly #pages: Pages

  constructor(pages: Pages) {
    this.#pages = pages
  }

  page = async (after?: string, limit?: number): Promise<Page> => {
    this.reads.push({ after, limit })
    await nextTurn()
    const [index = 0, start = 0] = (after ?? '0/0').split('/').map(Number)
    const page = this.#pages[index] ?? new Error(`no page after ${after}`)
    if (page instanceof Error) throw page
    const end = start + (limit ?? Infinity)
    const following = index + 1 < this.#pages.length ? `${index + 1}/0` : undefined
    return {
      connectionIds: page.slice(start, end),
      next: end <= page.length ? `${index}/${end}` : following,
    }
  }

  prune = async (connectionId: string): Promise<Pruned> => {
    await nextTurn()
    if (this.pruneError) throw this.pruneError
    if (this.connecting.has(connectionId)) return 'connecting'
    if (this.absent.has(connectionId)) return 'absent'
    this.pruned.push(connectionId)
    return 'taken'
  }
}

/** A name that can be read, in place of its hash. */
export function groupOf(target: RoomTarget | UserTarget): string {
  return 'room' in target ? `room ${target.room}` : `user ${target.user}`
}

/** The table of rooms and users. */
export class FakeMemberships implements Memberships {
  /** In the order of their coming. */
  items: Membership[] = []
  /** What was asked for. */
  readonly reads: { group: string; after: string | undefined; limit: number | undefined }[] = []
  /** What any call throws, if anything. */
  error: Error | undefined

  page = async (group: string, after?: string, limit?: number): Promise<Page> => {
    this.reads.push({ group, after, limit })
    await this.#turn()
    const all = this.of(group)
    const start = after === undefined ? 0 : all.indexOf(after) + 1
    const connectionIds = all.slice(start, start + (limit ?? Infinity))
    return {
      connectionIds,
      next: connectionIds.length === limit ? connectionIds.at(-1) : undefined,
    }
  }

  ofConnection = async (connectionId: string): Promise<readonly Membership[]> => {
    await this.#turn()
    return this.items.filter((item) => item.connectionId === connectionId)
  }

  find = async (group: string, connectionId: string): Promise<Membership | undefined> => {
    await this.#turn()
    return this.#get(group, connectionId)
  }

  add = async (membership: Membership): Promise<string | undefined> => {
    await this.#turn()
    const before = this.#get(membership.group, membership.connectionId)
    const announcement = before?.announcement ?? membership.announcement
    this.items = [...this.items.filter((item) => item !== before), { ...membership, announcement }]
    return announcement
  }

  remove = async (group: string, connectionId: string): Promise<void> => {
    await this.#turn()
    const found = this.#get(group, connectionId)
    this.items = this.items.filter((item) => item !== found)
  }

  /** Who is in a group. */
  of(group: string): string[] {
    return this.items.filter((item) => item.group === group).map(({ connectionId }) => connectionId)
  }

  /** Puts somebody in, without a word to anybody. */
  put(group: string, ...connectionIds: readonly string[]): void {
    for (const connectionId of connectionIds) {
      this.items.push({ group, connectionId, expiresAt: 0 })
    }
  }

  async #turn(): Promise<void> {
    await nextTurn()
    if (this.error) throw this.error
  }

  #get(group: string, connectionId: string): Membership | undefined {
    return this.items.find((item) => item.group === group && item.connectionId === connectionId)
  }
}

/** The turns of connections, one after the other as the table has them. */
export class FakeTurns implements Turns {
  readonly taken: { connectionId: string; nowMs: number; intervalMs: number }[] = []
  /** By connection, its theoretical arrival time; one without it is not listed. */
  readonly arrivals = new Map<string, number>()
  /** What taking a turn throws, if anything. */
  error: Error | undefined

  take = async (
    connectionId: string,
    nowMs: number,
    intervalMs: number,
  ): Promise<number | undefined> => {
    this.taken.push({ connectionId, nowMs, intervalMs })
    await nextTurn()
    if (this.error) throw this.error
    const before = this.arrivals.get(connectionId)
    if (before === undefined) return undefined
    const arrivalMs = Math.max(before, nowMs) + intervalMs
    this.arrivals.set(connectionId, arrivalMs)
    return arrivalMs
  }
}

export class FakeQueue implements Queue {
  readonly messages: { job: unknown; delaySeconds: number }[] = []
  /** What sending throws, if anything. */
  error: Error | undefined

  /** What was sent, parsed, without the delays. */
  get jobs(): unknown[] {
    return this.messages.map(({ job }) => job)
  }

  /** The frames of these jobs, parsed. */
  get frames(): unknown[] {
    return this.jobs.map((job): unknown => {
      const { frame } = Object(job)
      return JSON.parse(String(frame))
    })
  }

  send = async (bodies: readonly string[], delaySeconds = 0): Promise<void> => {
    await nextTurn()
    if (this.error) throw this.error
    this.messages.push(...bodies.map((body) => ({ job: JSON.parse(body), delaySeconds })))
  }
}

/** Ids that are all different. */
export function someIds(count: number, prefix = 'id'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
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
