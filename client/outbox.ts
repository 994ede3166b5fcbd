import { SwitchboardError } from './errors.ts'
import { ACK_WITHIN_MS, ANSWER_WITHIN_MS, MOST_UNDER_WAY } from './limits.ts'
import { OUT } from './presence.ts'
import { retryDelayMs, type Entry, type Turn } from './state.ts'
import type { Reply } from './types.ts'

/** What is not under way. */
export type Unsent = Omit<Entry, 'socket' | 'againAtMs'>

/**
 * Takes in what the app wants, or rejects it; to leave a room is wanted in any case.
 *
 * @returns whether it is taken in
 */
export function add(turn: Turn, entry: Omit<Unsent, 'tries'>): boolean {
  const { state, effects } = turn
  const { maxPending } = state
  let error: SwitchboardError | undefined
  if (state.wish === 'closed') error = closedError()
  else if (entry.wish !== OUT && state.outbox.filter((each) => !isOwn(each)).length >= maxPending) {
    error = new SwitchboardError('QUEUE_FULL', `${maxPending} messages wait`)
  }
  if (error) effects.push({ type: 'reject', id: entry.id, error })
  else state.outbox = [...state.outbox, waiting({ ...entry, tries: 0 })]
  return !error
}

/** Sends what waits, oldest first, as much as may be under way. */
export function flush({ state, effects }: Turn): void {
  const { line, pausedUntilMs, window, nowMs } = state
  if (!line || nowMs < pausedUntilMs) return
  let free = window - state.outbox.filter(({ socket }) => socket !== 0).length
  state.outbox = state.outbox.map((entry) => {
    const { text, room } = entry
    if (text === undefined || entry.socket !== 0 || free <= 0) return entry
    // Sent before the client is in the room, it would not come back to it.
    if (!isOwn(entry) && state.outbox.some((each) => isOwn(each) && each.room === room))
      return entry
    free -= 1
    effects.push({ type: 'send', socket: line.socket, text })
    // If nothing is heard soon, it is asked whether it is still there.
    state.line = { ...line, pingAtMs: Math.min(line.pingAtMs, nowMs + ANSWER_WITHIN_MS) }
    const againAtMs = nowMs + ACK_WITHIN_MS
    return { ...entry, socket: line.socket, againAtMs, tries: entry.tries + 1 }
  })
}

/** What was under way waits again. */
export function takeBack({ state }: Turn, isBack: (entry: Entry) => boolean): void {
  state.outbox = state.outbox.map((entry) => (isBack(entry) ? waiting(entry) : entry))
}

/** Rejects what has waited too long, and takes back what nobody has answered. */
export function expire(turn: Turn): void {
  const { state } = turn
  for (const { id, deadlineMs } of state.outbox) {
    if (deadlineMs > state.nowMs) continue
    reject(turn, id, new SwitchboardError('TIMEOUT', 'no ack in time'))
  }
  takeBack(turn, ({ againAtMs }) => againAtMs <= state.nowMs)
}

/** @param reply what the server has said, if it is for the app to know */
export function resolve(turn: Turn, id: string | undefined, reply?: Reply): void {
  const entry = take(turn, id)
  if (!entry) return
  turn.state.window = Math.min(MOST_UNDER_WAY, turn.state.window + 1)
  turn.effects.push({ type: 'resolve', id: entry.id, reply })
}

/** @returns whether there was such a message */
export function reject(turn: Turn, id: string | undefined, error: unknown): boolean {
  const entry = take(turn, id)
  if (entry) turn.effects.push({ type: 'reject', id: entry.id, error })
  return entry !== undefined
}

/** @param own whether it is the client's own, and not the app's to hear of */
export function take({ state }: Turn, id: string | undefined, own = false): Entry | undefined {
  const taken = state.outbox.find((entry) => entry.id === id && isOwn(entry) === own)
  state.outbox = state.outbox.filter((entry) => entry !== taken)
  return taken
}

export function rejectAll(turn: Turn, error: Error): void {
  for (const { id } of turn.state.outbox) reject(turn, id, error)
}

/** The server takes no more for a while: what it has refused waits, and the rest goes slowly. */
export function pause(turn: Turn, id: string | undefined, retryAfterMs: number): void {
  const { state } = turn
  state.pausedUntilMs = Math.max(state.pausedUntilMs, state.nowMs + retryAfterMs)
  state.window = 1
  takeBack(turn, (entry) => entry.id === id)
}

/** The server has failed at one of those under way: what is not answered meanwhile goes again. */
export function tryAgain(turn: Turn, socket: number): void {
  const tries = Math.max(0, ...turn.state.outbox.map((entry) => entry.tries))
  pause(turn, undefined, retryDelayMs(tries, turn))
  // A leave that is still being worked off must not undo the join that comes after it.
  takeBack(turn, (entry) => entry.socket === socket && entry.wish !== OUT)
}

export function closedError(): SwitchboardError {
  return new SwitchboardError('CLOSED', 'the client is closed')
}

/** Whether it is a request of the client's own, about a room. */
export function isOwn({ text, wish }: Entry): boolean {
  return text !== undefined && wish !== undefined
}

export function waiting(entry: Unsent): Entry {
  return { ...entry, socket: 0, againAtMs: Infinity }
}
