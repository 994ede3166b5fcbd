import type { Effect } from '../../../client/machine.ts'
import { OUT } from '../../../client/presence.ts'
import { readObject, type AnyFrame } from './frames.ts'
import { groupOf } from './memberships.ts'
import { demand, type Observation } from './observation.ts'

/** The gateway has given up the function by then. */
const FORGOTTEN_AFTER_MS = 29_000

/** A join or a leave that the client has sent. */
interface Request {
  readonly room: string
  readonly action: string
  readonly socket: number
  readonly sentMs: number
  isUnderWay: boolean
}

/** What holds for the rooms of a client at every step. */
export class RoomLaws {
  /** Those that the app is in: the server has let it in, and it has not left. */
  readonly in = new Set<string>()
  /** When the app left a room last, by the world's clock. */
  readonly leftMs = new Map<string, number>()
  /** Rooms that it was out of for a while, and the app does not know. */
  readonly gaps = new Set<string>()
  /** Those that it was in over a connection that was lost, although the one before that may still last. */
  readonly #shaken = new Set<string>()
  /** By their ids: what the app waits for, unless it has left meanwhile. */
  readonly #joining = new Map<string, string>()
  readonly #leaving = new Map<string, string>()
  /** By socket and id. */
  readonly #requests = new Map<string, Request>()
  /** By room: the living sockets over which the server has let it in. */
  readonly #sockets = new Map<string, Set<number>>()
  readonly #heard = new Set<string>()
  /** The socket of the present connection. */
  #present: number | undefined

  /** Whether what is sent to a room is for the app. */
  mayHear(room: string): boolean {
    return this.in.has(room) || [...this.#joining.values()].includes(room)
  }

  /** @param nowMs by the world's clock */
  check(
    observation: Observation,
    wasLive: boolean,
    isLive: (socket: number) => boolean,
    nowMs: number,
  ): void {
    const { event, effects, told, before, after } = observation
    const heard = event.type === 'frame' && wasLive ? readObject(event.text) : {}
    if (told.connections.length > 0 && 'socket' in event) this.#present = event.socket
    if (event.type === 'room' && before.state !== 'closed') this.#want(event, nowMs)
    if (event.type === 'frame' && wasLive) this.#hear(event.socket, heard)
    for (const effect of effects) this.#check(effect, observation, heard)
    this.#checkNews(effects, heard)
    if (heard.type === 'ack' && heard.room !== undefined) this.#shaken.delete(heard.room)
    if (after.state !== 'open') {
      this.#present = undefined
      for (const room of this.in) this.#shaken.add(room)
    }
    if (after.state === 'closed') for (const room of this.in) this.#end(room)
    this.#loseSockets(isLive)
  }

  #want({ id, room, wish }: { id: string; room: string; wish: number }, nowMs: number): void {
    if (wish !== OUT) return void this.#joining.set(id, room)
    for (const [each, its] of this.#joining) if (its === room) this.#joining.delete(each)
    this.#leaving.set(id, room)
    this.#end(room)
    this.leftMs.set(room, nowMs)
  }

  #end(room: string): void {
    this.in.delete(room)
    this.gaps.delete(room)
  }

  /** What the server says of the client's own requests. */
  #hear(socket: number, { type, re = '', code, group, retryAfterMs }: AnyFrame): void {
    if (type === undefined || code === 'INTERNAL') this.#forgetJoins(socket)
    const request = this.#requests.get(`${socket} ${re}`)
    if (!request || (type !== 'ack' && type !== 'error')) return
    if (code !== 'INTERNAL') request.isUnderWay = false
    const sockets = this.#sockets.get(request.room) ?? new Set()
    // A leave that is refused has nothing to leave.
    if (
      type === 'error' &&
      code !== 'INTERNAL' &&
      retryAfterMs === undefined &&
      request.action === 'leave'
    )
      sockets.delete(socket)
    // What is said over a line that was replaced tells nothing of the present one.
    if (group === undefined || socket !== this.#present) return
    if (request.action === 'join') sockets.add(socket)
    else sockets.delete(socket)
    this.#sockets.set(request.room, sockets)
  }

  /** The server has failed at something, and a join does no harm when it comes twice. */
  #forgetJoins(socket: number): void {
    for (const request of this.#requests.values()) {
      if (request.socket === socket && request.action === 'join') request.isUnderWay = false
    }
  }

  #check(effect: Effect, { wallMs, after }: Observation, heard: AnyFrame): void {
    if (effect.type === 'send')
      return this.#checkSend(effect.socket, readObject(effect.text), wallMs)
    if (effect.type === 'resolve') this.#checkResolved(effect.id, after.state === 'open')
    if (effect.type === 'resolve' || effect.type === 'reject') {
      this.#joining.delete(effect.id)
      this.#leaving.delete(effect.id)
    }
    if (effect.type !== 'emit') return
    if (effect.name === 'message') {
      const { to } = effect.event
      const room = typeof to === 'object' ? to.room : undefined
      demand(effect.room === room, () => `a message to ${room} is heard in ${effect.room}`)
      demand(room === undefined || this.mayHear(room), () => `shows a message to ${room}`)
    } else if (effect.name === 'rejoined') {
      const { room } = effect.event
      demand(heard.group === groupOf(room), () => `tells that it is in ${room} again`)
      const wasAway = this.gaps.has(room) || this.#shaken.has(room)
      demand(wasAway, () => `tells that it is in ${room} again, and never was away`)
      this.gaps.delete(room)
    } else if (effect.name === 'ended') this.#checkEnded(effect.event.room, heard)
  }

  #checkEnded(room: string, { type, re, code }: AnyFrame): void {
    const request = this.#requests.get(`${this.#present} ${re}`)
    const isTold = type === 'error' && code !== 'INTERNAL' && request?.room === room
    demand(isTold && this.in.has(room), () => `tells that ${room} has ended`)
    this.#end(room)
    // It is as if the server had let it out; what it refuses it has not let in before.
    this.#sockets.delete(room)
  }

  #checkSend(socket: number, frame: AnyFrame, wallMs: number): void {
    const { action, id = '', room = '', to } = frame
    if (action === 'ping') return
    if (action === 'join' || action === 'leave') {
      const isWanted = this.mayHear(room)
      demand(isWanted === (action === 'join'), () => `sends a ${action} of ${room}`)
      this.#checkAlone(socket, room, wallMs)
      const request = { room, action, socket, sentMs: wallMs, isUnderWay: true }
      return void this.#requests.set(`${socket} ${id}`, request)
    }
    for (const each of new Set([...this.in, ...this.#joining.values()])) {
      const isAsked = [...this.#requests.values()].some((request) => {
        return request.socket === socket && request.room === each
      })
      demand(isAsked, () => `sends ${id} before it joins ${each}`)
    }
    const target = typeof to === 'object' ? to.room : undefined
    if (target === undefined || !this.in.has(target)) return
    const isThere = this.#sockets.get(target)?.has(socket)
    demand(isThere === true, () => `sends ${id} to ${target} before it is there`)
  }

  #checkAlone(socket: number, room: string, wallMs: number): void {
    for (const request of this.#requests.values()) {
      if (request.socket !== socket || request.room !== room || !request.isUnderWay) continue
      const isOver = wallMs - request.sentMs >= FORGOTTEN_AFTER_MS
      demand(isOver, () => `two requests of ${room} are under way at once`)
    }
  }

  #checkResolved(id: string, isOpen: boolean): void {
    const joined = this.#joining.get(id)
    const left = this.#leaving.get(id)
    const isThere = (room: string): boolean => {
      return isOpen && this.#sockets.get(room)?.has(this.#present ?? 0) === true
    }
    if (joined !== undefined) {
      demand(isThere(joined), () => `says that it is in ${joined}, and the server did not`)
      this.in.add(joined)
    }
    if (left !== undefined && !this.mayHear(left)) {
      demand(!isThere(left), () => `says that it has left ${left}, and the server did not`)
    }
  }

  /** Who comes and who leaves is told of rooms that the app is in, and once. */
  #checkNews(effects: readonly Effect[], { type, id = '', group }: AnyFrame): void {
    const rooms = effects.flatMap((effect) => {
      const isNews = effect.type === 'emit' && (effect.name === 'joined' || effect.name === 'left')
      return isNews ? [effect.event.room] : []
    })
    const isNew = (type === 'joined' || type === 'left') && !this.#heard.has(id)
    for (const room of rooms) {
      demand(isNew && groupOf(room) === group, () => `tells news of ${room} that it has not got`)
      demand(this.mayHear(room), () => `tells news of ${room}, and is not there`)
      this.#heard.add(id)
    }
    const isMeant = isNew && [...this.in].some((room) => groupOf(room) === group)
    demand(rooms.length === 1 || (rooms.length === 0 && !isMeant), () => `does not tell ${id}`)
  }

  #loseSockets(isLive: (socket: number) => boolean): void {
    for (const sockets of this.#sockets.values()) {
      for (const socket of sockets) if (!isLive(socket)) sockets.delete(socket)
    }
    for (const room of this.in) if (!this.#sockets.get(room)?.size) this.gaps.add(room)
  }
}
