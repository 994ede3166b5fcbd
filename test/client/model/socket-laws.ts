import type { Effect } from '../../../client/machine.ts'
import { readObject, type AnyFrame } from './frames.ts'
import { demand, type Observation } from './observation.ts'

type Phase = 'token' | 'opening' | 'greeting' | 'answered'

interface Socket {
  phase: Phase
  token?: string | undefined
  heardMs: number
  pingedMs: number
  /** Before then the server wants no message. */
  pausedUntilMs: number
  /** The server has said that it ends it. */
  isRefused: boolean
  /** When another one took its place. */
  replacedMs: number
}

/** The present connection, its successor or the next one in the making, and a replaced one. */
const MOST_SOCKETS = 3

const PING = '{"action":"ping"}'

/** How long a ping may be without its answer before the line is given up. */
const ANSWER_WITHIN_MS = 5_000

/** After such a silence the gateway has cut it (L4). */
const CUT_AFTER_MS = 10 * 60_000

/** After so many tries in a row that fail, the token may be why. */
const REFUSALS_THAT_TELL = 2

/** A machine that does nothing for longer was asleep; slow timers run once a minute. */
const ASLEEP_MS = 2 * 60_000

/** A replaced one is kept for half a minute. */
const MOST_DRAIN_MS = 40_000

/** A connection that was open for so long was a good one, and the first try after it comes soon. */
const STABLE_AFTER_MS = 30_000
const SOON_MS = 1_000

/** What holds for a client's sockets at every step. */
export class SocketLaws {
  readonly #sockets = new Map<number, Socket>()
  #latest = 0
  #everOpen = false
  #refused = false
  #failures = 0
  /** Handshakes in a row that came to nothing. */
  #drops = 0
  /** Whether it has asked for a token with the reason `refused`, since it was connected last. */
  #hasTold = false
  #connectedMs = NaN
  /** When it last did something. */
  #ranMs = Infinity
  /** Nobody is signed in. */
  #isOver = false
  /** When pings were sent: greetings too. */
  readonly pings: number[] = []

  /** Whether its events still count. */
  isLive(socket: number): boolean {
    return this.#sockets.has(socket)
  }

  get count(): number {
    return this.#sockets.size
  }

  /** Before the effects are looked at. */
  hear({ event, wallMs }: Observation): void {
    if (!('socket' in event)) return
    const socket = this.#sockets.get(event.socket)
    if (!socket) return
    socket.heardMs = wallMs
    if (event.type === 'tokenFailed') this.#isOver ||= event.final
    if (event.type === 'token') socket.token = event.token
    if (event.type === 'opened') socket.phase = 'greeting'
    if (event.type === 'dropped' && socket.phase !== 'answered') this.#drops += 1
    if (event.type === 'dropped' || event.type === 'tokenFailed') this.#end(event.socket)
    if (event.type === 'frame') this.#hearFrame(socket, event.text, wallMs)
  }

  check(observation: Observation): void {
    const { effects, told, after, wallMs } = observation
    for (const effect of effects) this.#check(effect, observation)
    const sockets = [...this.#sockets.values()]
    const making = sockets.filter(({ phase }) => phase !== 'answered')
    demand(making.length <= 1, () => `${making.length} sockets are made at the same time`)
    demand(sockets.length <= MOST_SOCKETS, () => `it has ${sockets.length} sockets`)
    demand(!sockets.some(({ isRefused }) => isRefused), () => 'it keeps what the server ends')
    const isDrained = sockets.every(({ replacedMs }) => wallMs - replacedMs < MOST_DRAIN_MS)
    demand(isDrained, () => 'it keeps a connection that was replaced long ago')
    this.#checkState(observation, sockets.length - making.length)
    this.#checkWaking(observation)
    const isStableLoss =
      told.changes.some(({ state }) => state === 'reconnecting') &&
      wallMs - this.#connectedMs >= STABLE_AFTER_MS
    const isSoon = making.length > 0 || after.deadlineMs <= wallMs + SOON_MS
    demand(!isStableLoss || isSoon, () => 'the first try after a good connection is late')
  }

  /** A client that has not run for minutes does not trust its line. */
  #checkWaking({ event, after, wallMs }: Observation): void {
    const isWaking = event.type === 'tick' && wallMs - this.#ranMs > ASLEEP_MS
    this.#ranMs = wallMs
    if (!isWaking || after.state !== 'open') return
    const present = [...this.#sockets.values()].find(({ phase, replacedMs }) => {
      return phase === 'answered' && replacedMs === Infinity
    })
    if (!present) return
    const { heardMs, pingedMs } = present
    demand(wallMs - heardMs < CUT_AFTER_MS, () => 'wakes, and takes a line that was cut for good')
    const isSure = wallMs - heardMs < ANSWER_WITHIN_MS || wallMs - pingedMs < ANSWER_WITHIN_MS
    demand(isSure, () => 'wakes, and does not ask its line')
  }

  #checkState({ after: { state } }: Observation, answered: number): void {
    demand(state !== 'open' || answered > 0, () => 'it is open without a connection')
    demand(!this.#isOver || state === 'closed', () => `it is ${state}, and nobody is signed in`)
    const hasNone = this.#sockets.size === 0
    demand(
      hasNone || (state !== 'closed' && state !== 'idle'),
      () => `it is ${state}, with sockets`,
    )
  }

  #hearFrame(socket: Socket, text: string, wallMs: number): void {
    const { code, retryAfterMs, room } = errorIn(text)
    if (code !== 'FORBIDDEN' && code !== 'RATE_LIMITED') return
    if (room !== undefined) return
    if (retryAfterMs === undefined) {
      socket.isRefused = true
      this.#refused = true
    } else socket.pausedUntilMs = Math.max(socket.pausedUntilMs, wallMs + retryAfterMs)
  }

  #check(effect: Effect, observation: Observation): void {
    switch (effect.type) {
      case 'getToken':
        return this.#checkToken(effect, observation)
      case 'open':
        return this.#checkOpen(effect)
      case 'send':
        return this.#checkSend(effect.socket, effect.text, observation)
      case 'close':
        // One that has dropped may be told to close.
        demand(effect.socket <= this.#latest, () => `closes ${effect.socket}, which is no socket`)
        return this.#end(effect.socket)
      case 'emit':
        if (effect.name === 'connected') this.#checkConnected(observation)
        if (effect.name === 'state') this.#checkReason(effect.event.reason, observation)
        return
      case 'resolve':
      case 'reject':
    }
  }

  #checkToken(effect: Effect & { type: 'getToken' }, { after, wallMs }: Observation): void {
    const { socket, reason } = effect
    demand(socket > this.#latest, () => `socket ${socket} has been there before`)
    this.#latest = socket
    const isRefused = reason === 'refused'
    const mayBe = isRefused
      ? this.#refused || this.#failures >= REFUSALS_THAT_TELL
      : reason === expectedReason(after.state, this.#everOpen)
    this.#hasTold ||= isRefused
    const hasTo = this.#drops >= REFUSALS_THAT_TELL
    demand(this.#hasTold || !hasTo, () => 'does not tell of its refusals')
    demand(mayBe, () => `a token is asked for with the reason ${reason}`)
    this.#sockets.set(socket, {
      phase: 'token',
      heardMs: wallMs,
      pingedMs: -Infinity,
      pausedUntilMs: -Infinity,
      isRefused: false,
      replacedMs: Infinity,
    })
  }

  #checkOpen({ socket: number, token }: Effect & { type: 'open' }): void {
    const socket = this.#sockets.get(number)
    demand(socket?.phase === 'token', () => `opens ${number}, which waits for no opening`)
    demand(socket.token === token, () => 'connects with another token than it was given')
    socket.phase = 'opening'
  }

  #checkSend(number: number, text: string, { wallMs }: Observation): void {
    const socket = this.#sockets.get(number)
    demand(socket !== undefined, () => `sends over ${number}, which is no socket`)
    if (text === PING) {
      demand(socket.phase === 'greeting' || socket.phase === 'answered', () => 'pings too early')
      demand(
        Math.abs(wallMs - socket.pingedMs) >= ANSWER_WITHIN_MS || socket.heardMs >= socket.pingedMs,
        () => 'a second ping, while the first may still be answered',
      )
      socket.pingedMs = wallMs
      this.pings.push(wallMs)
      return
    }
    demand(socket.phase === 'answered', () => 'sends before the server has answered')
    demand(wallMs >= socket.pausedUntilMs, () => 'sends although the server asked for a pause')
  }

  #checkConnected({ event, wallMs }: Observation): void {
    demand(event.type === 'frame', () => 'is connected by something else than an answer')
    const socket = this.#sockets.get(event.socket)
    demand(
      socket?.phase === 'greeting',
      () => 'is connected over a socket that was not in the making',
    )
    for (const each of this.#sockets.values()) {
      if (each.phase === 'answered') each.replacedMs = Math.min(each.replacedMs, wallMs)
    }
    socket.phase = 'answered'
    this.#connectedMs = wallMs
    this.#everOpen = true
    this.#refused = false
    this.#failures = 0
    this.#drops = 0
    this.#hasTold = false
  }

  #checkReason(reason: string, { event, wallMs }: Observation): void {
    if (reason === 'refused') demand(this.#refused, () => 'nobody has refused it')
    if (reason === 'dropped') demand(event.type === 'dropped', () => 'nothing has dropped')
    if (reason !== 'silent') return
    // Its closing comes after the change: it is still among the sockets.
    const isOverdue = [...this.#sockets.values()].some(
      ({ heardMs, pingedMs }) =>
        (heardMs <= pingedMs && wallMs - pingedMs >= ANSWER_WITHIN_MS) ||
        wallMs - heardMs >= CUT_AFTER_MS,
    )
    demand(isOverdue, () => 'gives up a line that was not asked, or has answered')
  }

  #end(number: number): void {
    const socket = this.#sockets.get(number)
    if (socket && socket.phase !== 'answered') this.#failures += 1
    this.#sockets.delete(number)
  }
}

function expectedReason(state: string, everOpen: boolean): string {
  if (state === 'open') return 'renew'
  return everOpen ? 'reconnect' : 'connect'
}

/** What an error frame says, if it is one. */
function errorIn(text: string): AnyFrame {
  return text.startsWith('{"type":"error"') ? readObject(text) : {}
}
