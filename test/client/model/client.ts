import type { Effect, MachineEvent } from '../../../client/machine.ts'
import { initial, reduce } from '../../../client/reducer.ts'
import { nextDeadline, stateOf, type MachineState } from '../../../client/state.ts'
import type { ClientState } from '../../../client/types.ts'
import { randomNumbers } from '../../../local/faults/random.ts'
import type { Dice } from '../../hostile/dice.ts'
import type { Line } from './line.ts'
import { MessageLaws, type Sent } from './message-laws.ts'
import { toldBy, type Seen } from './observation.ts'
import { RoomLaws } from './room-laws.ts'
import { SocketLaws } from './socket-laws.ts'
import { StateLaws } from './state-laws.ts'
import type { Timeline } from './timeline.ts'

const MINUTE = 60_000

/** The longest that a timer of a healthy machine is late. */
const LATE_MS = 15

/** What a client finds around it. */
export interface Surroundings {
  readonly timeline: Timeline
  readonly dice: Dice
  /** Brings a token, or does not. */
  getToken(client: ModelClient, socket: number): void
  connect(client: ModelClient, socket: number, token: string | undefined): Line
  isAccepted(id: string): boolean
  tell(client: ModelClient, event: MachineEvent, effects: readonly Effect[]): void
}

/** The real reducer in the least of shells, on a machine that sleeps and whose clock jumps. */
export class ModelClient {
  readonly name: string
  /** How far its clock is ahead. */
  skewMs = 0
  /** Nothing of it runs before then. */
  asleepUntilMs = 0
  /** Its timers run once a minute until then, as in a tab in the background. */
  throttledUntilMs = 0
  readonly sockets = new SocketLaws()
  readonly rooms = new RoomLaws()
  readonly messages: MessageLaws
  readonly #laws = new StateLaws()
  readonly #around: Surroundings
  readonly #lines = new Map<number, Line>()
  readonly #random: () => number
  #state: MachineState
  #seen: Seen
  #inbox: (() => void)[] = []
  #timer = 0
  #missedTimer = false

  constructor(name: string, seed: number, maxPending: number, around: Surroundings) {
    this.name = name
    this.#around = around
    this.#random = randomNumbers(seed)
    this.#state = initial({ maxPending })
    this.#seen = see(this.#state)
    this.messages = new MessageLaws(maxPending, (id) => around.isAccepted(id), this.rooms)
  }

  get state(): ClientState {
    return this.#seen.state
  }

  get connectionId(): string | undefined {
    return this.#seen.connectionId
  }

  get wallMs(): number {
    return this.#around.timeline.nowMs + this.skewMs
  }

  /** The lines that it has, whether they work or not. */
  get lines(): readonly Line[] {
    return [...this.#lines.values()]
  }

  send(message: {
    id: string
    text: string
    echo: boolean
    timeoutMs: number
    room?: string | undefined
  }): void {
    this.#whenAwake(() => {
      const { id, text, room } = message
      const deadlineMs = this.#note(message)
      this.#reduce({ type: 'send', id, text, room, deadlineMs })
    })
  }

  /** Wants to be in a room, or out of it. */
  want({
    id,
    room,
    wish,
    timeoutMs,
  }: {
    id: string
    room: string
    wish: number
    timeoutMs: number
  }): void {
    this.#whenAwake(() => {
      const deadlineMs = this.#note({ id, room, wish, text: undefined, echo: true, timeoutMs })
      this.#reduce({ type: 'room', id, room, wish, deadlineMs })
    })
  }

  #note(message: Omit<Sent, 'deadlineMs' | 'atMs'>): number {
    const deadlineMs = this.wallMs + message.timeoutMs
    const atMs = this.#around.timeline.nowMs
    this.messages.sent.set(message.id, { ...message, deadlineMs, atMs })
    return deadlineMs
  }

  /** Gives up the latest message that waits. */
  cancel(): void {
    this.#whenAwake(() => {
      const sent = this.messages.pending.at(-1)
      if (!sent) return
      sent.cancelledWith = new Error('given up')
      this.#reduce({ type: 'cancel', id: sent.id, error: sent.cancelledWith })
    })
  }

  take(event: MachineEvent): void {
    this.#whenAwake(() => this.#reduce(event))
  }

  sleep(milliseconds: number): void {
    const { timeline } = this.#around
    this.asleepUntilMs = Math.max(this.asleepUntilMs, timeline.nowMs + milliseconds)
    timeline.at(this.asleepUntilMs, () => this.#wake())
  }

  /** Its clock is set, and its timers do not know. */
  jump(milliseconds: number): void {
    this.skewMs += milliseconds
  }

  #whenAwake(task: () => void): void {
    if (this.#isAsleep) this.#inbox.push(task)
    else task()
  }

  get #isAsleep(): boolean {
    return this.#around.timeline.nowMs < this.asleepUntilMs
  }

  /** What has come meanwhile is worked off at once, the timer before or after it. */
  #wake(): void {
    if (this.#isAsleep) return
    const tasks = this.#inbox
    this.#inbox = []
    const timer = (): void => {
      if (this.#missedTimer) this.#reduce({ type: 'tick' })
      this.#missedTimer = false
    }
    const isTimerFirst = this.#around.dice.chance(0.5)
    if (isTimerFirst) timer()
    for (const task of tasks) task()
    if (!isTimerFirst) timer()
  }

  #reduce(event: MachineEvent): void {
    const { wallMs } = this
    const before = this.#seen
    const { state, effects } = reduce(this.#state, event, { nowMs: wallMs, random: this.#random })
    this.#state = state
    this.#seen = see(state)
    this.#around.tell(this, event, effects)
    const told = toldBy(effects)
    const observation = { event, effects, told, before, after: this.#seen, wallMs }
    const wasLive = !('socket' in event) || this.sockets.isLive(event.socket)
    this.sockets.hear(observation)
    this.#laws.check(observation, this.#around.timeline.nowMs)
    this.sockets.check(observation)
    const isLive = (socket: number): boolean => this.sockets.isLive(socket)
    this.rooms.check(observation, wasLive, isLive, this.#around.timeline.nowMs)
    this.messages.check(observation, wasLive, isLive)
    for (const effect of effects) this.#carryOut(effect)
    this.#arm()
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'getToken':
        return this.#around.getToken(this, effect.socket)
      case 'open':
        this.#lines.set(effect.socket, this.#around.connect(this, effect.socket, effect.token))
        return
      case 'send':
        return this.#lines.get(effect.socket)?.toServer(effect.text)
      case 'close':
        this.#lines.get(effect.socket)?.leave()
        this.#lines.delete(effect.socket)
        return
      case 'resolve':
      case 'reject':
      case 'emit':
    }
  }

  /** As the shell does, it sets the timer anew. */
  #arm(): void {
    const { timeline, dice } = this.#around
    this.#timer += 1
    this.#missedTimer = false
    const { deadlineMs } = this.#seen
    if (deadlineMs === Infinity) return
    const timer = this.#timer
    // Real timers count whole milliseconds: one may run a fraction too early.
    const waitMs = Math.max(1, Math.floor(deadlineMs - this.wallMs))
    const isThrottled = timeline.nowMs < this.throttledUntilMs
    const atMs = timeline.nowMs + waitMs + dice.below(LATE_MS)
    timeline.at(isThrottled ? Math.ceil(atMs / MINUTE) * MINUTE : atMs, () => this.#ring(timer))
  }

  #ring(timer: number): void {
    if (timer !== this.#timer) return
    if (this.#isAsleep) this.#missedTimer = true
    else this.#reduce({ type: 'tick' })
  }
}

function see(state: MachineState): Seen {
  return {
    state: stateOf(state),
    connectionId: state.line?.connectionId,
    deadlineMs: nextDeadline(state),
  }
}
