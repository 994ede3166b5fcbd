import type { Joined, Left } from '../protocol/messages.ts'
import type { SwitchboardError } from './errors.ts'
import type { MachineEvent } from './machine.ts'
import * as outbox from './outbox.ts'
import { ANNOUNCED, OUT } from './presence.ts'
import { remember, type Entry, type Turn } from './state.ts'

/** The app wants to be in a room, or out of it. */
export function want(turn: Turn, event: MachineEvent & { type: 'room' }): void {
  const { state } = turn
  const { id, room: name, wish, deadlineMs } = event
  if (!outbox.add(turn, { id, room: name, wish, deadlineMs })) return
  const known = state.rooms.find((room) => room.name === name)
  const room = { name, wish: OUT, has: OUT, socket: 0, isHeld: false, ...known }
  // Whoever leaves leaves for all that hold it, and one who announces it is enough.
  const next = wish === OUT ? { wish, isHeld: false } : { wish: Math.max(wish, room.wish) }
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
    const asked = line && entries.find(outbox.isOwn)
    const waiting = entries.filter(({ text }) => text === undefined)
    // All who asked to be let in may have given up.
    const isWanted = room.isHeld || waiting.some((entry) => entry.wish !== OUT)
    const wish = isWanted ? room.wish : OUT
    const has = room.socket === line?.socket ? room.has : OUT
    if (asked && asked.socket === line.socket) requests.push(asked)
    // What was sent, and not answered, may have been done.
    else if (!asked?.tries && (wish === OUT ? has === OUT : has >= wish)) {
      for (const { id } of waiting) {
        if (room.error) outbox.reject(turn, id, room.error)
        else outbox.resolve(turn, id)
      }
      return wish === OUT ? [] : [{ ...room, wish, isHeld: true }]
    } else if (line) {
      requests.push(outbox.waiting(asked?.wish === wish ? asked : request(turn, room.name, wish)))
    }
    return [{ ...room, wish }]
  })
  state.outbox = [...requests, ...state.outbox.filter((entry) => !outbox.isOwn(entry))]
}

function request({ state }: Turn, room: string, wish: number): outbox.Unsent {
  state.requests += 1
  const id = String(state.requests)
  const action = wish === OUT ? 'leave' : 'join'
  const frame = { action, id, room, announce: wish === ANNOUNCED || undefined }
  return { id, room, wish, text: JSON.stringify(frame), deadlineMs: Infinity, tries: 0 }
}

/**
 * The server has let the client in or out, or will not, for an error's reason: then it is out.
 *
 * @returns whether it is the answer to a room's request, over this line
 */
export function answered(
  turn: Turn,
  socket: number,
  { re, group }: { readonly re?: string; readonly group?: string },
  error?: SwitchboardError,
): boolean {
  const { state, effects } = turn
  const asked = state.line?.socket === socket ? outbox.take(turn, re, true) : undefined
  state.rooms = state.rooms.map((room) => {
    const { name } = room
    if (name !== asked?.room) return room
    if (error) {
      if (room.isHeld) {
        effects.push({ type: 'emit', room: name, name: 'ended', event: { room: name, error } })
        effects.push({ type: 'emit', name: 'error', event: error })
      }
      return { ...room, wish: OUT, has: OUT, error }
    }
    // Nothing is missed as long as it is in over the line that this one replaces.
    if (room.isHeld && room.socket !== socket && room.socket !== state.old?.socket) {
      effects.push({ type: 'emit', room: name, name: 'rejoined', event: { room: name } })
    }
    return { ...room, has: asked.wish ?? OUT, socket, group }
  })
  return asked !== undefined
}

export function isMeant({ state }: Turn, name: string): boolean {
  return state.rooms.some((room) => room.name === name && room.wish !== OUT)
}

/** Somebody has come, or has gone. */
export function tell(turn: Turn, frame: Joined | Left): void {
  const { state, effects } = turn
  const { type: name, id, group, ...who } = frame
  const room = state.rooms.find((each) => each.isHeld && each.group === group)
  if (!room || !remember(turn, id)) return
  effects.push({ type: 'emit', room: room.name, name, event: { ...who, room: room.name } })
}
