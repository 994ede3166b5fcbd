import type { Joined, Left, RoomAck } from '../protocol/messages.ts'
import type { SwitchboardError } from './errors.ts'
import type { MachineEvent } from './machine.ts'
import * as outbox from './outbox.ts'
import { ANNOUNCED, OUT } from './presence.ts'
import { remember, type Entry, type RoomState, type Turn } from './state.ts'

/** The app wants to be in a room, or out of it. */
export function want(turn: Turn, event: MachineEvent & { type: 'room' }): void {
  const { state } = turn
  const { id, room: name, wish, deadlineMs } = event
  outbox.add(turn, { id, room: name, deadlineMs })
  const known = state.rooms.find((room) => room.name === name)
  const room = { name, wish: OUT, has: OUT, socket: 0, ...known }
  // Whoever leaves leaves for all that hold it, and one who announces it is enough.
  const next = wish === OUT ? { wish, group: undefined } : { wish: Math.max(wish, room.wish) }
  state.rooms = [...state.rooms.filter((each) => each !== known), { ...room, ...next }]
}

/**
 * Asks for what is not as the app wants it, ahead of all that waits: over a new line that is every
 * room. Of one room a single request is under way at a time: two are worked off in any order.
 */
export function settle(turn: Turn): void {
  const { state } = turn
  const { line } = state
  const requests: Entry[] = []
  state.rooms = state.rooms.flatMap((room) => {
    const entries = state.outbox.filter((entry) => entry.room === room.name)
    const asked = entries.find((entry) => entry.wish !== undefined)
    const waiting = entries.filter(({ text }) => text === undefined)
    // All who asked to be let in may have given up.
    const wish = room.group === undefined && waiting.length === 0 ? OUT : room.wish
    const has = room.socket === line?.socket ? room.has : OUT
    if (asked && asked.socket === line?.socket) requests.push(asked)
    else if (wish === OUT ? has === OUT : has >= wish) {
      for (const { id } of waiting) {
        if (room.error) outbox.reject(turn, id, room.error)
        else outbox.resolve(turn, id)
      }
      if (wish === OUT) return []
    } else if (line) {
      requests.push(outbox.waiting(asked?.wish === wish ? asked : request(turn, room.name, wish)))
    }
    return [{ ...room, wish }]
  })
  state.outbox = [...requests, ...state.outbox.filter(({ wish }) => wish === undefined)]
}

function request({ state }: Turn, room: string, wish: number): outbox.Unsent {
  state.requests += 1
  const id = String(state.requests)
  const action = wish === OUT ? 'leave' : 'join'
  const frame = { action, id, room, announce: wish === ANNOUNCED || undefined }
  return { id, room, wish, text: JSON.stringify(frame), deadlineMs: Infinity, tries: 0 }
}

/** The server has let it in, or out. */
export function answered(turn: Turn, socket: number, { re, group }: RoomAck): void {
  const { state, effects } = turn
  work(turn, socket, re, (room, has) => {
    const { name, wish } = room
    // Nothing is missed as long as it is in over the line that this one replaces.
    if (room.group && room.socket !== socket && room.socket !== state.old?.socket) {
      effects.push({ type: 'emit', room: name, name: 'rejoined', event: { room: name } })
    }
    return { ...room, has, socket, group: wish === OUT ? undefined : group }
  })
}

/**
 * The server does not let it in: it is out, whatever it was before.
 *
 * @returns whether it was a room's request that was refused
 */
export function refused(
  turn: Turn,
  socket: number,
  re: string | undefined,
  error: SwitchboardError,
): boolean {
  const { effects } = turn
  return work(turn, socket, re, ({ name, group }) => {
    if (group) {
      effects.push({ type: 'emit', room: name, name: 'ended', event: { room: name, error } })
      effects.push({ type: 'emit', name: 'error', event: error })
    }
    return { name, wish: OUT, has: OUT, socket, error }
  })
}

/** @returns whether the answer is one to a room's request, over this line */
function work(
  turn: Turn,
  socket: number,
  re: string | undefined,
  next: (room: RoomState, wish: number) => RoomState,
): boolean {
  const { state } = turn
  const asked = state.line?.socket === socket ? outbox.take(turn, re, true) : undefined
  state.rooms = state.rooms.map((room) => {
    return room.name === asked?.room ? next(room, asked.wish ?? OUT) : room
  })
  return asked !== undefined
}

export function isWanted({ state }: Turn, name: string): boolean {
  return state.rooms.some((room) => room.name === name && room.wish !== OUT)
}

/** Somebody has come, or has gone. */
export function tell(turn: Turn, frame: Joined | Left): void {
  const { state, effects } = turn
  const { type: name, id, group, ...who } = frame
  const room = group && state.rooms.find((each) => each.group === group)
  if (!room || !remember(turn, id)) return
  effects.push({ type: 'emit', room: room.name, name, event: { ...who, room: room.name } })
}
