import type { ErrorMessage, Message, ServerMessage } from '../protocol/messages.ts'
import { SwitchboardError } from './errors.ts'
import {
  ANSWER_WITHIN_MS,
  ASLEEP_MS,
  CUT_AFTER_MS,
  DRAIN_MS,
  MOST_UNDER_WAY,
  OPEN_WITHIN_MS,
  REFUSALS_THAT_TELL,
  REMEMBERED_IDS,
  SEND_UNPROBED_MS,
  STABLE_AFTER_MS,
  TOKEN_WITHIN_MS,
} from './limits.ts'
import type { Effect, MachineEvent, World } from './machine.ts'
import * as outbox from './outbox.ts'
import { readFrame, type GatewayFrame } from './frame.ts'
import {
  pingAtMs,
  renewAtMs,
  retryDelayMs,
  stateOf,
  tokenReason,
  type MachineState,
  type Turn,
} from './state.ts'

const PING = '{"action":"ping"}'

export function initial({ maxPending }: { readonly maxPending: number }): MachineState {
  return {
    maxPending,
    wish: 'none',
    sockets: 0,
    line: undefined,
    next: undefined,
    old: undefined,
    retryAtMs: Infinity,
    tries: 0,
    refusals: 0,
    lostAtMs: undefined,
    outbox: [],
    window: MOST_UNDER_WAY,
    pausedUntilMs: 0,
    seen: [],
    nowMs: 0,
  }
}

/**
 * All that a client decides. It touches nothing: what has to be done comes back as effects, to be
 * carried out in their order. Whatever the event is, what has become due is done along with it.
 */
export function reduce(
  state: MachineState,
  event: MachineEvent,
  world: World,
): { readonly state: MachineState; readonly effects: readonly Effect[] } {
  const turn: Turn = { state: { ...state }, effects: [], world, reason: 'connect' }
  // Clocks are also set back.
  const slept = Math.abs(world.nowMs - state.nowMs) > ASLEEP_MS
  handle(turn, slept && event.type === 'tick' ? { type: 'nudge' } : event)
  doWhatIsDue(turn)
  turn.state.nowMs = world.nowMs
  const previous = stateOf(state)
  const now = stateOf(turn.state)
  if (now === previous) return turn
  const { reason, error } = turn
  const change = { state: now, previous, reason, ...(error ? { error } : {}) }
  return {
    state: turn.state,
    effects: [{ type: 'emit', name: 'state', event: change }, ...turn.effects],
  }
}

function handle(turn: Turn, event: MachineEvent): void {
  const { state } = turn
  if (state.wish === 'closed' && event.type !== 'send') return
  switch (event.type) {
    case 'connect':
      return connect(turn)
    case 'close':
      return shutDown(turn, outbox.closedError(), 'close')
    case 'token':
      return open(turn, event)
    case 'tokenFailed':
      return tokenFailed(turn, event)
    case 'opened':
      return greet(turn, event.socket)
    case 'frame':
      return hear(turn, event.socket, event.text)
    case 'dropped':
      return drop(turn, event.socket)
    case 'send':
      return send(turn, event)
    case 'cancel':
      return void outbox.reject(turn, event.id, event.error)
    case 'nudge':
      return nudge(turn)
    case 'tick':
  }
}

function connect(turn: Turn): void {
  if (turn.state.wish !== 'none') return
  turn.state.wish = 'connected'
  attempt(turn)
}

function shutDown(turn: Turn, error: Error, reason: 'close' | 'unauthorized'): void {
  const { state, effects } = turn
  outbox.rejectAll(turn, error)
  for (const part of [state.next, state.old, state.line]) {
    if (part) effects.push({ type: 'close', socket: part.socket })
  }
  state.next = state.old = state.line = undefined
  state.retryAtMs = Infinity
  state.wish = 'closed'
  turn.reason = reason
  turn.error = error
}

// A connection in the making: token, socket, first answer.

function attempt({ state, effects, world }: Turn): void {
  state.sockets += 1
  state.retryAtMs = Infinity
  const socket = state.sockets
  const deadlineMs = world.nowMs + TOKEN_WITHIN_MS
  state.next = { socket, step: 'token', deadlineMs, expiresAtMs: Infinity }
  effects.push({ type: 'getToken', socket, reason: tokenReason(state) })
}

function open(turn: Turn, event: MachineEvent & { type: 'token' }): void {
  const { state, effects, world } = turn
  const { socket, token, expiresAtMs = Infinity } = event
  if (state.next?.socket !== socket || state.next.step !== 'token') return
  state.next = { socket, step: 'opening', deadlineMs: world.nowMs + OPEN_WITHIN_MS, expiresAtMs }
  effects.push({ type: 'open', socket, token })
}

function tokenFailed(turn: Turn, event: MachineEvent & { type: 'tokenFailed' }): void {
  const { error, final } = event
  if (turn.state.next?.socket !== event.socket) return
  turn.effects.push({ type: 'emit', name: 'error', event: error })
  if (final) shutDown(turn, error, 'unauthorized')
  else attemptFailed(turn)
}

/** The answer to the first ping tells the connection's id. */
function greet({ state, effects }: Turn, socket: number): void {
  if (state.next?.socket !== socket) return
  state.next = { ...state.next, step: 'greeting' }
  effects.push({ type: 'send', socket, text: PING })
}

function attemptFailed(turn: Turn): void {
  const { state } = turn
  state.next = undefined
  state.refusals += 1
  retryLater(turn)
}

function retryLater({ state, world }: Turn): void {
  const atMs = world.nowMs + retryDelayMs(state.tries, world)
  state.tries += 1
  state.retryAtMs = Math.min(state.retryAtMs, atMs)
}

// A connection that has answered.

function begin(turn: Turn, connectionId: string): void {
  const { state, effects, world } = turn
  const { line, next, lostAtMs } = state
  if (!next) return
  const { nowMs } = world
  if (line) replace(turn, line.socket, line.connectionId)
  state.line = {
    socket: next.socket,
    connectionId,
    openedAtMs: nowMs,
    heardAtMs: nowMs,
    pingAtMs: pingAtMs(world),
    answerByMs: Infinity,
    renewAtMs: renewAtMs(next.expiresAtMs, world),
  }
  Object.assign(state, { next: undefined, refusals: 0, lostAtMs: undefined })
  // The server counts each connection by itself.
  Object.assign(state, { window: MOST_UNDER_WAY, pausedUntilMs: 0 })
  turn.reason = 'answered'
  effects.push({ type: 'emit', name: 'connected', event: { connectionId } })
  if (lostAtMs !== undefined) {
    const event = { connectionId, awayMs: Math.max(0, nowMs - lostAtMs) }
    effects.push({ type: 'emit', name: 'reconnected', event })
  }
}

/** Messages that the server has on their way to the old one still arrive. */
function replace(turn: Turn, socket: number, connectionId: string): void {
  const { state, world } = turn
  endOld(turn)
  state.old = { socket, connectionId, endMs: world.nowMs + DRAIN_MS }
  state.tries = 0
}

function endOld(turn: Turn): void {
  const { state, effects } = turn
  if (!state.old) return
  const { socket } = state.old
  state.old = undefined
  effects.push({ type: 'close', socket })
  outbox.takeBack(turn, socket)
}

function drop(turn: Turn, socket: number): void {
  const { state } = turn
  if (state.next?.socket === socket) attemptFailed(turn)
  else if (state.line?.socket === socket) lose(turn, 'dropped')
  else if (state.old?.socket === socket) {
    state.old = undefined
    outbox.takeBack(turn, socket)
  }
}

function lose(turn: Turn, reason: 'dropped' | 'silent' | 'refused'): void {
  const { state, effects, world } = turn
  const { line } = state
  if (!line) return
  state.line = undefined
  state.lostAtMs = world.nowMs
  if (reason !== 'dropped') effects.push({ type: 'close', socket: line.socket })
  // A later try with a new token may be let in.
  if (reason === 'refused') state.refusals = REFUSALS_THAT_TELL
  outbox.takeBack(turn, line.socket)
  if (world.nowMs - line.openedAtMs >= STABLE_AFTER_MS) state.tries = 0
  if (!state.next) retryLater(turn)
  turn.reason = reason
}

function nudge(turn: Turn): void {
  const { state, effects, world } = turn
  if (state.line) {
    const { heardAtMs, answerByMs } = state.line
    if (world.nowMs - heardAtMs >= CUT_AFTER_MS) return lose(turn, 'silent')
    // It had no time to answer while the machine was asleep.
    if (answerByMs <= world.nowMs) state.line = { ...state.line, answerByMs: Infinity }
    probe(turn, ANSWER_WITHIN_MS)
  } else if (state.next) {
    // What was begun before the machine fell asleep.
    if (state.next.deadlineMs > world.nowMs) return
    effects.push({ type: 'close', socket: state.next.socket })
    attempt(turn)
  } else if (state.retryAtMs < Infinity) attempt(turn)
}

/** Asks a line that has said nothing for so long for a sign of life. */
function probe({ state, effects, world }: Turn, silentMs: number): void {
  const { line } = state
  if (!line || line.answerByMs < Infinity) return
  if (Math.abs(world.nowMs - line.heardAtMs) < silentMs) return
  effects.push({ type: 'send', socket: line.socket, text: PING })
  state.line = { ...line, answerByMs: world.nowMs + ANSWER_WITHIN_MS, pingAtMs: pingAtMs(world) }
}

function send(turn: Turn, entry: MachineEvent & { type: 'send' }): void {
  outbox.add(turn, entry)
  probe(turn, SEND_UNPROBED_MS)
}

// What the server says.

function hear(turn: Turn, socket: number, text: string): void {
  const { state, world } = turn
  const { line } = state
  if (![state.next, line, state.old].some((part) => part?.socket === socket)) return
  if (line?.socket === socket) {
    const heard = { heardAtMs: world.nowMs, pingAtMs: pingAtMs(world), answerByMs: Infinity }
    state.line = { ...line, ...heard }
  }
  const frame = readFrame(text)
  if (!frame) return reportError(turn, new SwitchboardError('GATEWAY', `not understood: ${text}`))
  if ('connectionId' in frame && state.next?.socket === socket) begin(turn, frame.connectionId)
  answer(turn, socket, frame)
}

function answer(turn: Turn, socket: number, frame: ServerMessage | GatewayFrame): void {
  switch (frame.type) {
    case 'message':
      return show(turn, socket, frame)
    case 'ack':
      return outbox.resolve(turn, frame)
    case 'error':
      return refused(turn, socket, frame)
    case 'gateway':
      outbox.tryAgain(turn, socket)
      return reportError(turn, new SwitchboardError('GATEWAY', frame.message))
    case 'pong':
  }
}

function show({ state, effects }: Turn, socket: number, message: Message): void {
  const { id, from, to } = message
  if (state.seen.includes(id)) return
  // Two lines at a time are one client: its own message comes back over the one that it was sent by,
  // or not at all when it asked for no echo.
  const own = [state.line, state.old].find((part) => part?.connectionId === from)
  if (own && own.socket !== socket && to !== 'you') return
  state.seen = [...state.seen.slice(1 - REMEMBERED_IDS), id]
  effects.push({ type: 'emit', name: 'message', event: message })
}

function refused(turn: Turn, socket: number, frame: ErrorMessage): void {
  const { state } = turn
  const { re, code, message, retryAfterMs } = frame
  if (code === 'RATE_LIMITED' && retryAfterMs !== undefined) {
    return outbox.pause(turn, re, retryAfterMs)
  }
  if (code === 'RATE_LIMITED' || code === 'FORBIDDEN') {
    outbox.refuse(turn, frame)
    if (state.line?.socket === socket) return lose(turn, 'refused')
    if (state.old?.socket === socket) return endOld(turn)
  }
  const error = new SwitchboardError(code, message)
  if (re === undefined || !outbox.reject(turn, re, error)) reportError(turn, error)
}

function reportError({ effects }: Turn, event: Error): void {
  effects.push({ type: 'emit', name: 'error', event })
}

// What time brings.

function doWhatIsDue(turn: Turn): void {
  const { state, effects, world } = turn
  const { nowMs } = world
  if (state.old && state.old.endMs <= nowMs) endOld(turn)
  if (state.line && state.line.answerByMs <= nowMs) lose(turn, 'silent')
  if (state.line && state.line.pingAtMs <= nowMs) probe(turn, 0)
  if (state.next && state.next.deadlineMs <= nowMs) {
    effects.push({ type: 'close', socket: state.next.socket })
    attemptFailed(turn)
  }
  const isTime = state.line && state.retryAtMs === Infinity && state.line.renewAtMs <= nowMs
  if (!state.next && (isTime || state.retryAtMs <= nowMs)) attempt(turn)
  outbox.expire(turn)
  outbox.flush(turn)
}
