import type { ErrorMessage, Message, ServerMessage } from '../../../protocol/messages.ts'
import type { Dice } from '../../hostile/dice.ts'
import { readObject } from './frames.ts'
import type { Line } from './line.ts'
import { groupOf, Memberships } from './memberships.ts'
import type { Timeline } from './timeline.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND

/** L4 and L5: what API Gateway allows a connection. */
const MAX_IDLE_MS = 10 * MINUTE
const MAX_LIFETIME_MS = 120 * MINUTE

/** The stack's default rate limit. */
const FRAME_TAKES_MS = 100
const BURST = 20
/** So much debt ends a connection. */
const CLOSE_AT_DEBT_MS = 30 * SECOND

/** What may become of a frame that a function should have handled. */
export const MISHAPS = [
  /** It is handled, and the reply is lost, or the function never runs. */
  'reply lost',
  'lost',
  /** The function is killed after its work, or before it. */
  'killed late',
  'killed',
  /** The gateway does not wait any longer, and the function still does its work. */
  'timed out',
  'throttled',
  'internal',
  /** The work is done, but for some, and the sender is told that it failed. */
  'internal late',
  'limited',
  'limited for good',
  'forbidden',
  'slow',
  'bad message',
] as const
export type Mishap = (typeof MISHAPS)[number]

/** How a message to everyone is delivered. */
export type Delivery = 'inline' | 'queued' | 'twice'

/** What a client asks for. */
interface Request {
  readonly id: string
  readonly action: string
  /** That it joins, leaves or asks about. */
  readonly room: string
  readonly announce: boolean
  readonly to: string | undefined
  readonly toRoom: string | undefined
  readonly echo: boolean
  readonly data: string
}

interface Connection {
  readonly id: string
  readonly line: Line
  readonly owner: string
  readonly tokenEndsMs: number
  lastActiveMs: number
  /** The theoretical arrival time of the rate limit. */
  arrivalMs: number
}

/** A message that the server has taken, and who was connected then. */
export interface Accepted {
  readonly id: string
  readonly atMs: number
  readonly from: string
  /** The client that sent it, by its name; undefined: somebody outside the model. */
  readonly sender: string | undefined
  readonly echo: boolean
  readonly to: Message['to']
}

/** Switchboard on API Gateway, as far as a client can tell. */
export class Switchboard {
  /** Ids of messages. */
  readonly accepted = new Set<string>()
  readonly connections = new Map<string, Connection>()
  /** By client: what becomes of its next frames. */
  readonly mishaps = new Map<string, Mishap[]>()
  readonly #memberships = new Memberships()
  /** By client: which rooms it is not let into. */
  readonly barred = new Map<string, ReadonlySet<string>>()
  delivery: Delivery = 'inline'
  readonly #timeline: Timeline
  readonly #dice: Dice
  readonly #onAccepted: (accepted: Accepted) => void
  #connectionCount = 0
  #announcements = 0
  /** Connections that the server has ended for sending too much. */
  floods = 0

  constructor(timeline: Timeline, dice: Dice, onAccepted: (accepted: Accepted) => void) {
    this.#timeline = timeline
    this.#dice = dice
    this.#onAccepted = onAccepted
  }

  /** Lets a client in. */
  connect(line: Line, owner: string, tokenEndsMs: number): void {
    this.#connectionCount += 1
    const { nowMs } = this.#timeline
    const id = `connection-${this.#connectionCount}=`
    const connection = { id, line, owner, tokenEndsMs, lastActiveMs: nowMs, arrivalMs: nowMs }
    this.connections.set(id, connection)
    line.accept({
      frame: (text) => this.#hear(connection, text),
      ended: () => {
        this.connections.delete(id)
        this.#vacate(id)
      },
    })
    this.#timeline.after(MAX_LIFETIME_MS, () => this.#end(connection))
    this.#watchIdle(connection)
  }

  /** Ends a client's connections, as an operator can. */
  kick(owner: string): void {
    for (const each of this.connections.values()) if (each.owner === owner) this.#end(each)
  }

  /** A message of somebody who is no part of the model. */
  publish(id: string, to: 'everyone' | { readonly room: string }, delivery: Delivery): void {
    this.#take({ id, from: 'outsider=', sender: undefined, echo: true, to })
    this.#deliver({ id, from: 'outsider=', to, data: id }, undefined, delivery)
  }

  /** Those that it is in over one connection or another. */
  roomsOf(owner: string): ReadonlySet<string> {
    const own = [...this.connections.values()].filter((each) => each.owner === owner)
    return new Set(own.flatMap(({ id }) => this.#memberships.roomsOf(id)))
  }

  #watchIdle(connection: Connection): void {
    const cutMs = connection.lastActiveMs + MAX_IDLE_MS
    this.#timeline.at(cutMs, () => {
      if (!this.connections.has(connection.id)) return
      if (connection.lastActiveMs + MAX_IDLE_MS > this.#timeline.nowMs) this.#watchIdle(connection)
      else this.#end(connection)
    })
  }

  #end({ id, line }: Connection): void {
    if (this.connections.delete(id)) line.end()
    this.#vacate(id)
  }

  /** A connection that has ended is in no room. */
  #vacate(id: string): void {
    for (const room of this.#memberships.roomsOf(id)) this.#leave(room, id)
  }

  #leave(room: string, connectionId: string): void {
    if (this.#memberships.leave(room, connectionId)) this.#announce(room, 'left', connectionId)
  }

  #announce(room: string, type: 'joined' | 'left', connectionId: string): void {
    this.#announcements += 1
    const frame = { type, id: `${type}-${this.#announcements}`, group: groupOf(room), connectionId }
    for (const to of this.#memberships.of(room)) if (to !== connectionId) this.#push(to, frame, 0)
  }

  #hear(connection: Connection, text: string): void {
    connection.lastActiveMs = this.#timeline.nowMs
    const { action = '', id = '', to, echo = true, data = '', ...about } = readObject(text)
    const { room = '', announce = false } = about
    const target =
      typeof to === 'object' ? { to: undefined, toRoom: to.room } : { to, toRoom: undefined }
    const request = { action, id, room, announce, ...target, echo, data }
    if (action === 'ping') {
      return this.#reply(connection, { type: 'pong', connectionId: connection.id })
    }
    const mishap = this.mishaps.get(connection.owner)?.shift()
    const slowMs = mishap === 'slow' ? this.#between(15 * SECOND, 28 * SECOND) : 0
    this.#timeline.after(slowMs + this.#between(2, 150), () => {
      if (mishap === undefined || mishap === 'slow') this.#handle(connection, request)
      else this.#fail(connection, request, mishap)
    })
  }

  #handle(connection: Connection, request: Request): void {
    const { nowMs } = this.#timeline
    if (!this.connections.has(connection.id)) return
    if (connection.tokenEndsMs <= nowMs) return this.#refuse(connection, request, 'FORBIDDEN')
    connection.arrivalMs = Math.max(connection.arrivalMs, nowMs) + FRAME_TAKES_MS
    const debtMs = connection.arrivalMs - BURST * FRAME_TAKES_MS - nowMs
    if (debtMs > CLOSE_AT_DEBT_MS) {
      this.floods += 1
      return this.#refuse(connection, request, 'RATE_LIMITED')
    }
    if (debtMs > 0) return this.#limit(connection, request, debtMs + FRAME_TAKES_MS)
    this.#accept(connection, request)
  }

  #accept(connection: Connection, request: Request): void {
    const { action, to, toRoom, echo, data, room } = request
    const barred = this.barred.get(connection.owner)
    if (action !== 'leave' && barred?.has(toRoom ?? room)) return this.#bar(connection, request)
    if (action !== 'sendmessage') return this.#serve(connection, request)
    if (to !== undefined && !this.connections.has(to)) {
      return this.#error(connection, request, 'NOT_CONNECTED')
    }
    const audience = audienceOf(request)
    const id = this.#acceptSilently(connection, request)
    const ack = { type: 'ack', re: request.id, id } as const
    const isQueued = to === undefined && this.delivery === 'queued'
    this.#reply(connection, isQueued ? { ...ack, queued: true } : { ...ack, ...this.#counts() })
    const message = { id, from: connection.id, to: audience, data } as const
    if (to === undefined) this.#deliver(message, echo ? undefined : connection.id, this.delivery)
    else this.#push(to, { type: 'message', ...message }, 0)
  }

  /** What has to do with a room and is no message. */
  #serve(connection: Connection, request: Request): void {
    const { id: re, action, room } = request
    this.#enter(connection, request)
    const connectionIds = this.#memberships.of(room)
    if (action === 'members') this.#reply(connection, { type: 'members', re, room, connectionIds })
    else this.#reply(connection, { type: 'ack', re, room, group: groupOf(room) })
  }

  #enter({ id }: Connection, { action, room, announce }: Request): void {
    if (!this.connections.has(id)) return
    if (action === 'leave') this.#leave(room, id)
    if (action !== 'join') return
    if (this.#memberships.join(room, id, announce)) this.#announce(room, 'joined', id)
  }

  /** Takes note, and tells nobody: the id is the same for each attempt. */
  #acceptSilently({ id: from, owner }: Connection, request: Request): string {
    const { id, echo } = request
    this.#take({ id: `m-${id}`, from, sender: owner, echo, to: audienceOf(request) })
    return `m-${id}`
  }

  #take(accepted: Omit<Accepted, 'atMs'>): void {
    this.accepted.add(accepted.id)
    this.#onAccepted({ ...accepted, atMs: this.#timeline.nowMs })
  }

  #fail(connection: Connection, request: Request, mishap: Exclude<Mishap, 'slow'>): void {
    const gateway = (message: string): void => this.#gatewayFrame(connection, message)
    switch (mishap) {
      case 'lost':
        return
      case 'reply lost':
        return this.#acceptUnheard(connection, request)
      case 'killed':
        return gateway('Internal server error')
      case 'killed late':
        this.#acceptUnheard(connection, request)
        return gateway('Internal server error')
      case 'timed out':
        this.#timeline.after(29 * SECOND, () => {
          gateway('Endpoint request timed out')
          this.#acceptUnheard(connection, request)
        })
        return
      case 'throttled':
        return gateway('Too Many Requests')
      case 'internal late':
        this.#acceptUnheard(connection, request)
        return this.#error(connection, request, 'INTERNAL')
      case 'internal':
        return this.#error(connection, request, 'INTERNAL')
      case 'limited':
        return this.#limit(connection, request, this.#between(100, 5 * SECOND))
      case 'limited for good':
        return this.#refuse(connection, request, 'RATE_LIMITED')
      case 'forbidden':
        return this.#refuse(connection, request, 'FORBIDDEN')
      case 'bad message':
        return this.#error(connection, request, 'BAD_MESSAGE')
    }
  }

  /** It is done, and the sender is not told. */
  #acceptUnheard(connection: Connection, request: Request): void {
    const { action, to, toRoom, echo, data, room } = request
    if (this.barred.get(connection.owner)?.has(toRoom ?? room)) return
    if (action !== 'sendmessage') return this.#enter(connection, request)
    if (to !== undefined) return
    const id = this.#acceptSilently(connection, request)
    const message = { id, from: connection.id, to: audienceOf(request), data } as const
    this.#deliver(message, echo ? undefined : connection.id, this.delivery)
  }

  #deliver(message: Omit<Message, 'type'>, leftOut: string | undefined, delivery: Delivery): void {
    const { nowMs } = this.#timeline
    const { to } = message
    const members = typeof to === 'object' ? new Set(this.#memberships.of(to.room)) : undefined
    for (const { id, tokenEndsMs } of this.connections.values()) {
      if (id === leftOut || tokenEndsMs <= nowMs || members?.has(id) === false) continue
      const frame = { type: 'message', ...message } as const
      this.#push(id, frame, delivery === 'queued' ? this.#between(0, 20 * SECOND) : 0)
      if (delivery === 'twice') this.#push(id, frame, this.#between(0, 20 * SECOND))
    }
  }

  #push(to: string, frame: ServerMessage, waitMs: number): void {
    this.#timeline.after(waitMs + this.#between(1, 300), () => {
      const connection = this.connections.get(to)
      if (connection) this.#reply(connection, frame)
    })
  }

  #reply(connection: Connection, frame: ServerMessage): void {
    connection.lastActiveMs = this.#timeline.nowMs
    connection.line.toClient(JSON.stringify(frame))
  }

  #gatewayFrame({ id, line }: Connection, message: string): void {
    line.toClient(JSON.stringify({ message, connectionId: id, requestId: 'request=' }))
  }

  #limit(connection: Connection, { id: re }: Request, retryAfterMs: number): void {
    const error = { type: 'error', re, code: 'RATE_LIMITED', message: 'too much' } as const
    this.#reply(connection, { ...error, retryAfterMs: Math.ceil(retryAfterMs) })
  }

  #error(connection: Connection, { id: re }: Request, code: ErrorMessage['code']): void {
    this.#reply(connection, { type: 'error', re, code, message: `a ${code} of the model` })
  }

  #bar(connection: Connection, { id: re, room, toRoom }: Request): void {
    const error = { type: 'error', re, code: 'FORBIDDEN', message: 'not for you' } as const
    this.#reply(connection, { ...error, room: toRoom ?? room })
  }

  /** Says why, and ends the connection; replies to other frames may come in between. */
  #refuse(connection: Connection, request: Request, code: ErrorMessage['code']): void {
    this.#error(connection, request, code)
    this.#timeline.after(this.#between(0, 100), () => this.#end(connection))
  }

  #counts(): { readonly sent: number; readonly gone: number; readonly failed: number } {
    return { sent: this.connections.size, gone: 0, failed: 0 }
  }

  #between(shortest: number, longest: number): number {
    return shortest + this.#dice.below(longest - shortest)
  }
}

function audienceOf({ to, toRoom }: Request): Message['to'] {
  if (toRoom !== undefined) return { room: toRoom }
  return to === undefined ? 'everyone' : 'you'
}
