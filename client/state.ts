import {
  PING_AFTER_MS,
  PING_SPREAD_MS,
  REFUSALS_THAT_TELL,
  REMEMBERED_IDS,
  RENEW_AFTER_MS,
  RENEW_SPREAD_MS,
  RENEW_BEFORE_EXPIRY_MS,
  RETRY_BASE_MS,
  RETRY_CAP_MS,
  WATCH_MS,
} from './limits.ts'
import type { Effect } from './machine.ts'
import type { ClientState, StateReason, TokenRequest } from './types.ts'

/** A connection that has answered. Times are milliseconds since 1970. */
export interface Line {
  readonly socket: number
  readonly connectionId: string
  readonly openedAtMs: number
  readonly heardAtMs: number
  /** When it is asked for a sign of life, if it says nothing before. */
  readonly pingAtMs: number
  /** By when it has to answer; Infinity: it was not asked. */
  readonly answerByMs: number
  readonly renewAtMs: number
}

/** A connection in the making. */
export interface Attempt {
  readonly socket: number
  readonly deadlineMs: number
  /** Of its token. */
  readonly expiresAtMs: number
}

/** A connection that another one has replaced. */
export interface Draining {
  readonly socket: number
  readonly connectionId: string
  readonly deadlineMs: number
}

/** A room that the app wants to be in, or that the server may have the client in. */
export interface RoomState {
  readonly name: string
  /** What the app wants it to be: {@link OUT}, {@link IN} or {@link ANNOUNCED}. */
  readonly wish: number
  /** What it is over `socket`, as the server has said. */
  readonly has: number
  /** 0: over none that there still is. */
  readonly socket: number
  /** The app was let in, and has not left. */
  readonly isHeld: boolean
  /** As the server calls the room. */
  readonly group?: string | undefined
  /** Why the server does not let it in. */
  readonly error?: Error
}

/** What waits for an answer: a message, a request that has to do with a room, or a wish of the app. */
export interface Entry {
  readonly id: string
  /** Undefined: it is not sent; it waits until the room is as the app wants it. */
  readonly text?: string | undefined
  /** What it has to do with. A message waits until the client is in there. */
  readonly room?: string | undefined
  /** What it is to make the client be to the room. */
  readonly wish?: number
  readonly deadlineMs: number
  /** Over which it is under way; 0: it waits. */
  readonly socket: number
  /** When it is sent again, if it is still under way. */
  readonly againAtMs: number
  readonly tries: number
}

/** All that a client knows. What it holds is replaced, never written to. */
export interface Draft {
  readonly maxPending: number
  wish: 'none' | 'connected' | 'closed'
  /** The number of the latest socket. */
  sockets: number
  line?: Line | undefined
  next?: Attempt | undefined
  old?: Draining | undefined
  /** When the next try begins; Infinity: none is planned. */
  retryAtMs: number
  /** Tries since the last good connection: they set the delay. */
  tries: number
  /** Tries in a row that failed. */
  refusals: number
  /** When the line that was lost said something last; undefined: none is lost, or was ever there. */
  lostAtMs?: number | undefined
  outbox: readonly Entry[]
  rooms: readonly RoomState[]
  /** The number of the latest request that has to do with a room. */
  requests: number
  /** Messages that may be under way at the same time. */
  window: number
  pausedUntilMs: number
  /** Ids of messages that were shown, oldest first. */
  seen: readonly string[]
  /** When the last event came. */
  nowMs: number
}

export type MachineState = Readonly<Draft>

/** An event being worked off: `state` is a copy that nobody else has. */
export interface Turn {
  readonly state: Draft
  readonly effects: Effect[]
  readonly random: () => number
  reason: StateReason
  /** Why it is closed. */
  error?: Error | undefined
}

export function stateOf({ wish, line, lostAtMs }: MachineState): ClientState {
  if (wish === 'closed') return 'closed'
  if (line) return 'open'
  if (wish === 'none') return 'idle'
  return lostAtMs === undefined ? 'connecting' : 'reconnecting'
}

/** When a `tick` is due, in milliseconds since 1970; Infinity: only something else can go on. */
export function nextDeadline(state: MachineState): number {
  const { line, next, old, outbox, pausedUntilMs, nowMs } = state
  return Math.min(
    ...(line ? [line.pingAtMs, line.answerByMs, nowMs + WATCH_MS] : []),
    next?.deadlineMs ?? nextAttemptMs(state),
    old?.deadlineMs ?? Infinity,
    outbox.length > 0 && pausedUntilMs > nowMs ? pausedUntilMs : Infinity,
    ...outbox.flatMap(({ deadlineMs, againAtMs }) => [deadlineMs, againAtMs]),
  )
}

/** When the next try is due: after one that has failed when that says, else to replace the line. */
export function nextAttemptMs({ retryAtMs, line }: MachineState): number {
  return retryAtMs < Infinity ? retryAtMs : (line?.renewAtMs ?? Infinity)
}

/** @returns whether nothing of that id has come before */
export function remember({ state }: Turn, id: string): boolean {
  const { seen } = state
  if (seen.includes(id)) return false
  state.seen = [...seen.slice(1 - REMEMBERED_IDS), id]
  return true
}

/** Full jitter: clients that were lost together come back spread over the whole delay. */
export function retryDelayMs(tries: number, { random }: Turn): number {
  return random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** tries)
}

export function pingAtMs({ state, random }: Turn): number {
  return state.nowMs + PING_AFTER_MS + random() * PING_SPREAD_MS
}

/** @param expiresAtMs of the token */
export function renewAtMs(expiresAtMs: number, { state, random }: Turn): number {
  const { nowMs } = state
  const byToken = Math.max(expiresAtMs - RENEW_BEFORE_EXPIRY_MS, nowMs + RENEW_BEFORE_EXPIRY_MS)
  return Math.min(nowMs + RENEW_AFTER_MS + random() * RENEW_SPREAD_MS, byToken)
}

/** Why the next token is asked for. */
export function tokenReason(state: MachineState): TokenRequest['reason'] {
  const { refusals } = state
  // Two, four, eight: a new one for each try would be many in a long outage.
  if (refusals >= REFUSALS_THAT_TELL && (refusals & (refusals - 1)) === 0) return 'refused'
  if (state.line) return 'renew'
  return state.lostAtMs === undefined ? 'connect' : 'reconnect'
}
