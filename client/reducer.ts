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
  SEND_UNPROBED_MS,
  STABLE_AFTER_MS,
  TOKEN_WITHIN_MS,
} from './limits.ts'
import type { Effect, MachineEvent, World } from './machine.ts'
import * as outbox from './outbox.ts'
import * as rooms from './rooms.ts'
import { readFrame, type GatewayFrame } from './frame.ts'
import {
  nextAttemptMs,
  pingAtMs,
  remember,
  renewAtMs,
  retryDelayMs,
  stateOf,
  tokenReason,
  type Attempt,
  type Line,
  type MachineState,
  type Turn,
} from './state.ts'

const PING = '{"action":"ping"}'

export function initial({ maxPending }: { readonly maxPending: number }): MachineState {
  return {
    maxPending,
    wish: 'none',
    sockets: 0,
    retryAtMs: Infinity,
    tries: 0,
    refusals: 0,
    outbox: [],
    rooms: [],
    requests: 0,
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
  const turn: Turn = {
    state: { ...state, nowMs: world.nowMs },
    effects: [],
    random: world.random,
    reason: 'connect',
  }
  const slept = world.nowMs - state.nowMs > ASLEEP_MS
  handle(turn, slept && event.type === 'tick' ? { type: 'nudge' } : event)
  // What it heard first may be from before.
  if (slept) probe(turn, 0)
  doWhatIsDue(turn)
  const previous = stateOf(state)
  const now = stateOf(turn.state)
  if (now !== previous) {
    const change = { state: now, previous, reason: turn.reason, error: turn.error }
    turn.effects.unshift({ type: 'emit', name: 'state', event: change })
  }
  return turn
}

function handle(turn: Turn, event: MachineEvent): void {
  const { state } = turn
  if (state.wish === 'closed' && !('deadlineMs' in event)) return
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
      // The answer tells the connection's id.
      if (state.next?.socket === event.socket) ask(turn, event.socket)
      return
    case 'frame':
      return hear(turn, event.socket, event.text)
    case 'dropped':
      return drop(turn, event.socket)
    case 'send':
      outbox.add(turn, event)
      return probe(turn, SEND_UNPROBED_MS)
    case 'room':
      rooms.want(turn, event)
      return probe(turn, SEND_UNPROBED_MS)
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
  const { state } = turn
  for (const part of [state.next, state.old, state.line]) if (part) close(turn, part)
  state.next = state.old = state.line = undefined
  state.retryAtMs = Infinity
  state.wish = 'closed'
  outbox.rejectAll(turn, error)
  turn.reason = reason
  turn.error = error
}

/** What was under way over it waits again. It may be closed already: that does no harm. */
function close(turn: Turn, { socket }: { readonly socket: number }): void {
  turn.effects.push({ type: 'close', socket })
  outbox.takeBack(turn, (entry) => entry.socket === socket)
}

// A connection in the making: token, socket, first answer.

function attempt({ state, effects }: Turn): void {
  state.sockets += 1
  state.retryAtMs = Infinity
  const socket = state.sockets
  const deadlineMs = state.nowMs + TOKEN_WITHIN_MS
  state.next = { socket, deadlineMs, expiresAtMs: Infinity }
  effects.push({ type: 'getToken', socket, reason: tokenReason(state) })
}

function open(turn: Turn, event: MachineEvent & { type: 'token' }): void {
  const { state, effects } = turn
  const { socket, token, expiresAtMs = Infinity } = event
  if (state.next?.socket !== socket) return
  state.next = { socket, deadlineMs: state.nowMs + OPEN_WITHIN_MS, expiresAtMs }
  effects.push({ type: 'open', socket, token })
}

function tokenFailed(turn: Turn, event: MachineEvent & { type: 'tokenFailed' }): void {
  const { error, final, socket } = event
  if (turn.state.next?.socket !== socket) return
  report(turn, error)
  if (final) shutDown(turn, error, 'unauthorized')
  else attemptFailed(turn)
}

function attemptFailed(turn: Turn): void {
  const { state } = turn
  if (state.next) close(turn, state.next)
  state.next = undefined
  state.refusals += 1
  retryLater(turn)
}

function retryLater(turn: Turn): void {
  const { state } = turn
  const atMs = state.nowMs + retryDelayMs(state.tries, turn)
  state.tries += 1
  state.retryAtMs = Math.min(state.retryAtMs, atMs)
}

// A connection that has answered.

function begin(turn: Turn, { socket, expiresAtMs }: Attempt, connectionId: string): void {
  const { state, effects } = turn
  const { line, lostAtMs, nowMs } = state
  if (line) replace(turn, line)
  const times = { openedAtMs: nowMs, renewAtMs: renewAtMs(expiresAtMs, turn), ...heard(turn) }
  state.line = { socket, connectionId, ...times }
  state.next = state.lostAtMs = undefined
  // The server counts each connection's messages by themselves.
  state.window = MOST_UNDER_WAY
  state.refusals = state.pausedUntilMs = 0
  turn.reason = 'answered'
  effects.push({ type: 'emit', name: 'connected', event: { connectionId } })
  if (lostAtMs === undefined) return
  const event = { connectionId, awayMs: Math.max(0, nowMs - lostAtMs) }
  effects.push({ type: 'emit', name: 'reconnected', event })
}

/** Messages that the server has on their way to the old one still arrive. */
function replace(turn: Turn, { socket, connectionId }: Line): void {
  const { state } = turn
  endOld(turn)
  state.old = { socket, connectionId, deadlineMs: state.nowMs + DRAIN_MS }
  state.tries = 0
}

function endOld(turn: Turn): void {
  const { state } = turn
  if (state.old) close(turn, state.old)
  state.old = undefined
}

function drop(turn: Turn, socket: number): void {
  const { next, line, old } = turn.state
  if (next?.socket === socket) attemptFailed(turn)
  if (line?.socket === socket) lose(turn, line, 'dropped')
  if (old?.socket === socket) endOld(turn)
}

function lose(turn: Turn, line: Line, reason: 'dropped' | 'silent' | 'refused'): void {
  const { state } = turn
  state.line = undefined
  // What was sent since may have gone into a line that was dead already.
  state.lostAtMs = line.heardAtMs
  close(turn, line)
  // A try with a new token may be let in: the next, or the one after that which is under way.
  if (reason === 'refused') {
    state.refusals = state.next ? REFUSALS_THAT_TELL - 1 : REFUSALS_THAT_TELL
  }
  if (isStable(turn, line)) state.tries = 0
  if (!state.next) retryLater(turn)
  turn.reason = reason
}

function isStable({ state }: Turn, line: Line): boolean {
  return state.nowMs - line.openedAtMs >= STABLE_AFTER_MS
}

function nudge(turn: Turn): void {
  const { state } = turn
  const { line, next, nowMs } = state
  if (line) {
    if (nowMs - line.heardAtMs >= CUT_AFTER_MS) return lose(turn, line, 'silent')
    // It had no time to answer while the machine was asleep.
    if (line.answerByMs <= nowMs) state.line = { ...line, answerByMs: Infinity }
    probe(turn, ANSWER_WITHIN_MS)
  } else if (next) {
    if (next.deadlineMs > nowMs) return
    close(turn, next)
    attempt(turn)
  } else if (state.retryAtMs < Infinity) attempt(turn)
}

/** Asks a line that has said nothing for so long for a sign of life, if it is not being asked. */
function probe(turn: Turn, silentMs: number): void {
  const { state } = turn
  const { line, nowMs } = state
  if (!line || line.answerByMs < Infinity || nowMs - line.heardAtMs < silentMs) return
  ask(turn, line.socket)
  const answerByMs = nowMs + ANSWER_WITHIN_MS
  state.line = { ...line, pingAtMs: pingAtMs(turn), answerByMs }
}

function ask({ effects }: Turn, socket: number): void {
  effects.push({ type: 'send', socket, text: PING })
}

function heard(turn: Turn): Pick<Line, 'heardAtMs' | 'pingAtMs' | 'answerByMs'> {
  return { heardAtMs: turn.state.nowMs, pingAtMs: pingAtMs(turn), answerByMs: Infinity }
}

// What the server says.

function hear(turn: Turn, socket: number, text: string): void {
  const { state } = turn
  const { next, line, old } = state
  if (line?.socket === socket) state.line = { ...line, ...heard(turn) }
  else if (next?.socket !== socket && old?.socket !== socket) return
  const frame = readFrame(text)
  if (!frame) return
  if (next?.socket === socket && 'connectionId' in frame) begin(turn, next, frame.connectionId)
  answer(turn, socket, frame)
}

function answer(turn: Turn, socket: number, frame: ServerMessage | GatewayFrame): void {
  switch (frame.type) {
    case 'message':
      return show(turn, socket, frame)
    case 'ack':
    case 'members': {
      if ('group' in frame) return void rooms.answered(turn, socket, frame)
      const { type: _, re, ...reply } = frame
      return outbox.resolve(turn, re, reply)
    }
    case 'joined':
    case 'left':
      return rooms.tell(turn, frame)
    case 'error':
      return refused(turn, socket, frame)
    case undefined:
      outbox.tryAgain(turn, socket)
      return report(turn, new SwitchboardError('GATEWAY', frame.message))
    case 'pong':
  }
}

function show(turn: Turn, socket: number, event: Message): void {
  const { state, effects } = turn
  const { id, from, to } = event
  const room = to instanceof Object ? to.room : undefined
  // It may have left while this was on its way.
  if (room !== undefined && !rooms.isMeant(turn, room)) return
  // Two lines at a time are one client: its own message comes back over the one that it was sent by,
  // or not at all when it asked for no echo.
  const own = [state.line, state.old].find((part) => part?.connectionId === from)
  if (own && own.socket !== socket && to !== 'you') return
  if (!remember(turn, id)) return
  effects.push({ type: 'emit', room, name: 'message', event })
}

function refused(turn: Turn, socket: number, frame: ErrorMessage): void {
  const { line, old } = turn.state
  const { re, code, message, retryAfterMs, room, user } = frame
  if (code === 'RATE_LIMITED' && retryAfterMs !== undefined) {
    return outbox.pause(turn, re, retryAfterMs)
  }
  const error = new SwitchboardError(code, message)
  if (code === 'RATE_LIMITED' || (code === 'FORBIDDEN' && (room ?? user) === undefined)) {
    // The server ends the connection. What was under way has another chance, but not if this was it.
    if (old?.socket === socket) return endOld(turn)
    if (line?.socket === socket) {
      lose(turn, line, 'refused')
      if (isStable(turn, line)) return
    }
  } else if (code === 'INTERNAL') outbox.tryAgain(turn, socket)
  else if (rooms.answered(turn, socket, frame, error)) return
  if (code === 'INTERNAL' || !outbox.reject(turn, re, error)) report(turn, error)
}

function report({ effects }: Turn, event: Error): void {
  effects.push({ type: 'emit', name: 'error', event })
}

// What time brings.

function doWhatIsDue(turn: Turn): void {
  const { state } = turn
  const { nowMs } = state
  if (state.old && state.old.deadlineMs <= nowMs) endOld(turn)
  if (state.line && state.line.answerByMs <= nowMs) lose(turn, state.line, 'silent')
  if (state.line && state.line.pingAtMs <= nowMs) probe(turn, 0)
  if (state.next && state.next.deadlineMs <= nowMs) attemptFailed(turn)
  if (!state.next && nextAttemptMs(state) <= nowMs) attempt(turn)
  outbox.expire(turn)
  rooms.settle(turn)
  outbox.flush(turn)
}
