import { SwitchboardError } from '../../../client/errors.ts'
import type { Effect, MachineEvent } from '../../../client/machine.ts'
import { OUT } from '../../../client/presence.ts'
import type { Reply } from '../../../client/types.ts'
import { readObject, type AnyFrame } from './frames.ts'
import { demand, type Observation } from './observation.ts'
import type { RoomLaws } from './room-laws.ts'

/** A message that the app has sent, and what became of it. */
export interface Sent {
  readonly id: string
  /** Undefined: it wants to be in a room, or out of it, which is asked for in other words. */
  readonly text: string | undefined
  /** What it wants to be to the room. */
  readonly wish?: number
  /** That it has to do with. */
  readonly room?: string | undefined
  readonly echo: boolean
  /** By the client's clock, and by the world's. */
  readonly deadlineMs: number
  readonly atMs: number
  readonly timeoutMs: number
  /** Over which it was last sent, and when, unless it has been answered in some way since. */
  socket?: number | undefined
  sentMs?: number
  cancelledWith?: Error
  outcome?: 'resolved' | Error
}

/** Errors that end a message, whatever happens next. */
const FINAL_CODES = new Set(['BAD_MESSAGE', 'UNKNOWN_ACTION', 'TOO_LARGE', 'NOT_CONNECTED'])

/** What the server lets pass at once after a pause: who sends more does not look at the answers. */
const MOST_UNDER_WAY = 20

/** The gateway has given up the function by then. */
const FORGOTTEN_AFTER_MS = 29_000

/** What holds for the messages of a client at every step: those that it sends, and those that it shows. */
export class MessageLaws {
  readonly sent = new Map<string, Sent>()
  readonly shown = new Set<string>()
  /** Connections that were the client's own: what comes from them may be left out, as an echo. */
  readonly ownIds = new Set<string>()
  readonly maxPending: number
  readonly #isAccepted: (id: string) => boolean
  readonly #rooms: RoomLaws
  #pending = 0

  constructor(maxPending: number, isAccepted: (id: string) => boolean, rooms: RoomLaws) {
    this.maxPending = maxPending
    this.#isAccepted = isAccepted
    this.#rooms = rooms
  }

  get pending(): readonly Sent[] {
    return [...this.sent.values()].filter(({ outcome }) => outcome === undefined)
  }

  /** To leave a room is never too much. */
  get #leaves(): number {
    return this.pending.filter(({ wish }) => wish === OUT).length
  }

  /**
   * @param wasLive whether the socket of the event still counted when it came
   * @param isLive whether one does now
   */
  check(observation: Observation, wasLive: boolean, isLive: (socket: number) => boolean): void {
    const { event, effects } = observation
    const heard = event.type === 'frame' && wasLive ? readObject(event.text) : {}
    if (event.type === 'send' || event.type === 'room') this.#pending += 1
    this.#forget(event, heard)
    for (const effect of effects) this.#checkEffect(effect, observation, heard)
    this.#checkAnswered(observation, heard)
    this.#checkShown(observation, heard)
    if (observation.told.returns.length > 0) this.#checkResumed(isLive)
    demand(
      this.#pending <= this.maxPending || this.#pending - this.#leaves <= this.maxPending,
      () => `${this.#pending} messages wait, and ${this.maxPending} may`,
    )
    if (observation.after.state === 'closed') {
      demand(this.#pending === 0, () => 'is closed, and messages wait')
    }
  }

  #checkEffect(effect: Effect, observation: Observation, heard: AnyFrame): void {
    switch (effect.type) {
      case 'send':
        return this.#checkSend(effect.socket, effect.text, observation)
      case 'resolve':
        return this.#resolve(effect.id, effect.reply, heard)
      case 'reject':
        return this.#reject(effect.id, effect.error, observation, heard)
      case 'emit':
        if (effect.name === 'connected') this.ownIds.add(effect.event.connectionId)
        return
      case 'getToken':
      case 'open':
      case 'close':
    }
  }

  #checkSend(socket: number, text: string, { wallMs }: Observation): void {
    const { action } = readObject(text)
    // Those are the client's own.
    if (action === 'ping' || action === 'join' || action === 'leave') return
    const sent = this.sent.get(idIn(text))
    demand(sent?.text === text, () => `sends what the app did not: ${text}`)
    demand(sent.outcome === undefined, () => `sends ${sent.id}, which is settled`)
    demand(wallMs < sent.deadlineMs, () => `sends ${sent.id}, whose time is over`)
    sent.socket = socket
    sent.sentMs = wallMs
    const underWay = this.pending.filter((each) => {
      return each.socket === socket && wallMs - (each.sentMs ?? 0) < FORGOTTEN_AFTER_MS
    })
    demand(underWay.length <= MOST_UNDER_WAY, () => `${underWay.length} are under way at once`)
  }

  /** What was refused for now, or may have been, is not under way any more. */
  #forget(event: MachineEvent, { type, re = '', code }: AnyFrame): void {
    const refused = code === 'RATE_LIMITED' ? this.sent.get(re) : undefined
    if (refused) refused.socket = undefined
    if (event.type !== 'frame' || type !== undefined) return
    for (const each of this.pending) if (each.socket === event.socket) each.socket = undefined
  }

  /** It is back: what it had sent over the line that was lost, and what waited, is sent now. */
  #checkResumed(isLive: (socket: number) => boolean): void {
    const anywhere = this.pending.filter(
      ({ text, room }) => text !== undefined && room === undefined,
    )
    const waits = this.pending.every(({ socket }) => socket === undefined || !isLive(socket))
    demand(anywhere.length === 0 || !waits, () => 'is back, and sends nothing of what waits')
  }

  #resolve(id: string, reply: Reply, heard: AnyFrame): void {
    const sent = this.#settle(id, 'resolved')
    if (sent.text === undefined) return demand(reply === undefined, () => `${id} has a reply`)
    demand(heard.type === 'ack' && heard.re === id, () => `resolves ${id} without an ack`)
    demand(this.#isAccepted(`m-${id}`), () => `resolves ${id}, which the server has not accepted`)
    const isReceipt = reply !== undefined && 'id' in reply && reply.id === `m-${id}`
    demand(isReceipt, () => `the receipt of ${id} has another id`)
    const keys = Object.keys(reply).join()
    demand(keys === 'id,queued' || keys === 'id,sent,gone,failed', () => `a receipt of ${keys}`)
  }

  #settle(id: string, outcome: 'resolved' | Error): Sent {
    const sent = this.sent.get(id)
    demand(sent !== undefined, () => `settles ${id}, which nobody has sent`)
    demand(sent.outcome === undefined, () => `settles ${id} a second time`)
    sent.outcome = outcome
    this.#pending -= 1
    return sent
  }

  #reject(id: string, error: unknown, observation: Observation, heard: AnyFrame): void {
    demand(error instanceof Error, () => `rejects ${id} with no error`)
    this.#checkRejection(id, error, observation, heard)
    this.#settle(id, error)
  }

  #checkRejection(
    id: string,
    error: Error,
    { event, after, wallMs }: Observation,
    heard: AnyFrame,
  ) {
    const sent = this.sent.get(id)
    if (error === sent?.cancelledWith && event.type === 'cancel') return
    if (event.type === 'tokenFailed' && event.error === error && event.final) return
    demand(error instanceof SwitchboardError, () => `rejects ${id} with ${String(error)}`)
    if (error.code === 'TIMEOUT') {
      return demand(wallMs >= (sent?.deadlineMs ?? Infinity), () => `gives ${id} up too early`)
    }
    if (error.code === 'CLOSED') {
      return demand(after.state === 'closed', () => `says CLOSED of ${id}, and is not`)
    }
    if (error.code === 'QUEUE_FULL') {
      const isFull = isSendOf(event, id) && this.#pending > this.maxPending
      return demand(isFull, () => `says QUEUE_FULL of ${id}, and there is room`)
    }
    const isOwn = sent?.text === undefined || heard.re === id
    const isTold = heard.type === 'error' && isOwn && heard.code === error.code
    demand(isTold, () => `says ${error.code} of ${id}, and the server did not`)
  }

  /** A reply that has come is a reply, over whatever connection it did. */
  #checkAnswered({ event }: Observation, frame: AnyFrame): void {
    const { type, re = '', code = '' } = frame
    const isBarred = code === 'FORBIDDEN' && frame.room !== undefined
    const isFinal = type === 'ack' || (type === 'error' && (FINAL_CODES.has(code) || isBarred))
    const answered = isFinal ? this.sent.get(re) : undefined
    demand(!answered || answered.outcome !== undefined, () => `does not hear the ${type} of ${re}`)
    const cancelled = event.type === 'cancel' ? this.sent.get(event.id) : undefined
    demand(
      !cancelled || cancelled.outcome !== undefined,
      () => 'does not hear that it is cancelled',
    )
  }

  #checkShown({ told }: Observation, { type, id, from = '', to }: AnyFrame): void {
    for (const { id: each } of told.messages) {
      demand(type === 'message' && each === id, () => `shows ${each}, which has not come now`)
      demand(!this.shown.has(each), () => `shows ${each} a second time`)
      this.shown.add(each)
    }
    if (type !== 'message' || id === undefined || this.ownIds.has(from)) return
    if (typeof to === 'object' && !this.#rooms.mayHear(to.room ?? '')) return
    demand(this.shown.has(id), () => `does not show ${id}, which has come`)
  }
}

function isSendOf(event: MachineEvent, id: string): boolean {
  return (event.type === 'send' || event.type === 'room') && event.id === id
}

function idIn(text: string): string {
  return readObject(text).id ?? ''
}
