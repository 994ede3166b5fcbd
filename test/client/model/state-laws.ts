import type { ClientState } from '../../../client/types.ts'
import { demand, type Observation } from './observation.ts'

/** The documented ways from one state to another. */
const WAYS: ReadonlyMap<ClientState, ReadonlyMap<ClientState, readonly string[]>> = new Map([
  [
    'idle',
    new Map([
      ['connecting', ['connect']],
      ['closed', ['close']],
    ]),
  ],
  [
    'connecting',
    new Map([
      ['open', ['answered']],
      ['closed', ['close', 'unauthorized']],
    ]),
  ],
  [
    'open',
    new Map([
      ['reconnecting', ['dropped', 'silent', 'refused']],
      ['closed', ['close', 'unauthorized']],
    ]),
  ],
  [
    'reconnecting',
    new Map([
      ['open', ['answered']],
      ['closed', ['close', 'unauthorized']],
    ]),
  ],
  ['closed', new Map()],
])

const MINUTE = 60_000

/** More would be a loop, or a client that is not patient with a door that is shut. */
const MOST_TICKS = { count: 200, withinMs: MINUTE }
const MOST_TRIES = { count: 60, withinMs: 10 * MINUTE }

/** What holds for a client's state at every step. */
export class StateLaws {
  /** The socket that it is open over, and when something came over that. */
  #line = { socket: 0, heardMs: NaN }
  /** Since when it may have missed something. */
  #lostMs = NaN
  readonly #ticks = new Recent(MOST_TICKS)
  readonly #tries = new Recent(MOST_TRIES)

  /** @param nowMs by the world's clock */
  check(observation: Observation, nowMs: number): void {
    const { event, effects, told, before, after, wallMs } = observation
    this.#checkChange(observation)
    demand(
      (after.connectionId !== undefined) === (after.state === 'open'),
      () => `it is ${after.state}, with the connection ${after.connectionId}`,
    )
    this.#checkConnections(observation)
    if (event.type === 'tick') {
      demand(after.deadlineMs > wallMs, () => 'a tick is due at once again')
      demand(this.#ticks.note(nowMs), () => `more than ${MOST_TICKS.count} ticks a minute`)
    }
    demand(after.state !== 'closed' || after.deadlineMs === Infinity, () => 'a closed client waits')
    if (effects.some(({ type }) => type === 'getToken') && event.type !== 'nudge') {
      demand(this.#tries.note(nowMs), () => `more than ${MOST_TRIES.count} tries`)
    }
    if (event.type === 'tokenFailed' && told.changes.some(({ state }) => state === 'closed')) {
      demand(event.final, () => 'is closed because a token failed once')
    }
    if (before.state === 'closed') {
      const wrong = effects.find(({ type }) => type !== 'reject')
      demand(!wrong, () => `a closed client has the effect ${wrong?.type}`)
    }
  }

  #checkChange({ before, after, told }: Observation): void {
    const { changes } = told
    if (before.state === after.state) {
      return demand(changes.length === 0, () => `tells a change, and is still ${after.state}`)
    }
    const [change] = changes
    demand(change !== undefined && changes.length === 1, () => `tells ${changes.length} changes`)
    const { state, previous, reason } = change
    const isTrue = state === after.state && previous === before.state
    demand(isTrue, () => `tells ${previous} to ${state}: it was ${before.state} to ${after.state}`)
    const reasons = WAYS.get(previous)?.get(state) ?? []
    demand(reasons.includes(reason), () => `goes from ${previous} to ${state}, for ${reason}`)
  }

  #checkConnections({ event, before, after, told, wallMs }: Observation): void {
    const { connections, returns } = told
    const isNew = after.state === 'open' && after.connectionId !== before.connectionId
    const expected = isNew ? [after.connectionId] : []
    demand(
      connections.join() === expected.join(),
      () => `tells the connections ${connections.join()}`,
    )
    const isBack = before.state === 'reconnecting' && after.state === 'open'
    const awayMs = isBack ? [Math.max(0, wallMs - this.#lostMs)] : []
    demand(
      returns.join() === awayMs.join(),
      () => `was away for ${awayMs.join()}, and tells ${returns.join()}`,
    )
    if (event.type === 'frame' && (isNew || event.socket === this.#line.socket)) {
      this.#line = { socket: event.socket, heardMs: wallMs }
    }
    if (after.state === 'reconnecting' && before.state === 'open') this.#lostMs = this.#line.heardMs
  }
}

/** The latest times of something that may not be too frequent. */
class Recent {
  readonly #count: number
  readonly #withinMs: number
  #times: number[] = []

  constructor(most: { readonly count: number; readonly withinMs: number }) {
    this.#count = most.count
    this.#withinMs = most.withinMs
  }

  /** @returns whether it is not too frequent */
  note(nowMs: number): boolean {
    this.#times.push(nowMs)
    if (this.#times.length <= this.#count) return true
    return nowMs - (this.#times.shift() ?? nowMs) > this.#withinMs
  }
}
