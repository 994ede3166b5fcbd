import type { Ack } from '../protocol/messages.ts'
import { SwitchboardError } from './errors.ts'
import { ACK_WITHIN_MS, ANSWER_WITHIN_MS, MOST_UNDER_WAY } from './limits.ts'
import { retryDelayMs, type Entry, type Turn } from './state.ts'

/** Takes a message in, or rejects it. */
export function add(turn: Turn, entry: Pick<Entry, 'id' | 'text' | 'deadlineMs'>): void {
  const { state, effects } = turn
  const { maxPending } = state
  if (state.wish === 'closed') {
    effects.push({ type: 'reject', id: entry.id, error: closedError() })
  } else if (state.outbox.length >= maxPending) {
    const error = new SwitchboardError('QUEUE_FULL', `${maxPending} messages wait`)
    effects.push({ type: 'reject', id: entry.id, error })
  } else {
    state.outbox = [...state.outbox, waiting({ ...entry, tries: 0 })]
  }
}

/** Sends what waits, oldest first, as much as may be under way. */
export function flush({ state, effects }: Turn): void {
  const { line, pausedUntilMs, window, nowMs } = state
  if (!line || nowMs < pausedUntilMs) return
  let room = window - state.outbox.filter(({ socket }) => socket !== 0).length
  state.outbox = state.outbox.map((entry) => {
    if (entry.socket !== 0 || room <= 0) return entry
    room -= 1
    effects.push({ type: 'send', socket: line.socket, text: entry.text })
    // If nothing is heard soon, it is asked whether it is still there.
    state.line = { ...line, pingAtMs: Math.min(line.pingAtMs, nowMs + ANSWER_WITHIN_MS) }
    const againAtMs = nowMs + ACK_WITHIN_MS
    return { ...entry, socket: line.socket, againAtMs, tries: entry.tries + 1 }
  })
}

/** What was under way over a socket waits again. */
export function takeBack({ state }: Turn, socket: number): void {
  state.outbox = state.outbox.map((entry) => (entry.socket === socket ? waiting(entry) : entry))
}

/** Rejects what has waited too long, and takes back what nobody has answered. */
export function expire(turn: Turn): void {
  const { state } = turn
  for (const { id, deadlineMs } of state.outbox) {
    if (deadlineMs > state.nowMs) continue
    reject(turn, id, new SwitchboardError('TIMEOUT', 'no ack in time'))
  }
  state.outbox = state.outbox.map((entry) => {
    return entry.againAtMs <= state.nowMs ? waiting(entry) : entry
  })
}

export function resolve(turn: Turn, ack: Ack): void {
  const { state, effects } = turn
  const { type: _, re, ...receipt } = ack
  if (re === undefined || !remove(turn, re)) return
  state.window = Math.min(MOST_UNDER_WAY, state.window + 1)
  effects.push({ type: 'resolve', id: re, receipt })
}

/** @returns whether there was such a message */
export function reject(turn: Turn, id: string | undefined, error: unknown): boolean {
  if (id === undefined || !remove(turn, id)) return false
  turn.effects.push({ type: 'reject', id, error })
  return true
}

export function rejectAll(turn: Turn, error: Error): void {
  for (const { id } of turn.state.outbox) reject(turn, id, error)
}

/** The server takes no more for a while: what it has refused waits, and the rest goes slowly. */
export function pause({ state }: Turn, id: string | undefined, retryAfterMs: number): void {
  state.pausedUntilMs = Math.max(state.pausedUntilMs, state.nowMs + retryAfterMs)
  state.window = 1
  state.outbox = state.outbox.map((entry) => (entry.id === id ? waiting(entry) : entry))
}

/** The server has failed at one of those under way: what is not answered meanwhile goes again. */
export function tryAgain(turn: Turn, socket: number): void {
  const tries = Math.max(0, ...turn.state.outbox.map((entry) => entry.tries))
  pause(turn, undefined, retryDelayMs(tries, turn))
  takeBack(turn, socket)
}

export function closedError(): SwitchboardError {
  return new SwitchboardError('CLOSED', 'the client is closed')
}

function waiting(entry: Omit<Entry, 'socket' | 'againAtMs'>): Entry {
  return { ...entry, socket: 0, againAtMs: Infinity }
}

function remove({ state }: Turn, id: string): boolean {
  const { length } = state.outbox
  state.outbox = state.outbox.filter((entry) => entry.id !== id)
  return state.outbox.length < length
}
