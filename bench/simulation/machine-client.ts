import type { Effect, MachineEvent } from '../../client/machine.ts'
import { initial, reduce } from '../../client/reducer.ts'
import { nextDeadline, stateOf, type MachineState } from '../../client/state.ts'
import type { ClientState } from '../../client/types.ts'
import type { EventQueue } from './event-queue.ts'

export interface MachineClientProps {
  readonly queue: EventQueue
  readonly random: () => number
  /** Tries to open a socket, and says later whether it is open. */
  readonly open: (answer: (isOpen: boolean) => void) => void
  /** How long a ping's answer takes. */
  readonly roundTripMs: () => number
  readonly onState?: (state: ClientState) => void
  readonly onPing?: () => void
}

/** Nothing waits here: what is sent are pings. */
const MAX_PENDING = 1

const PONG = JSON.stringify({ type: 'pong', connectionId: 'L0SM9cOFvHcCIhw=' })

/**
 * A client whose decisions are those of `client/`, in virtual time, with sockets that exist only by
 * their numbers. Its app sends nothing, and nobody sends to it.
 */
export class MachineClient {
  readonly #props: MachineClientProps
  /** Those that are open, or on their way to it. */
  readonly #sockets = new Set<number>()
  #state: MachineState = initial({ maxPending: MAX_PENDING })
  /** When the machine is told the time next. */
  #tickMs = Infinity

  constructor(props: MachineClientProps) {
    this.#props = props
  }

  connect(): void {
    this.#tell({ type: 'connect' })
  }

  /** Cuts its lines. */
  drop(): void {
    for (const socket of this.#sockets) this.#drop(socket)
  }

  #tell(event: MachineEvent): void {
    const { queue, random, onState } = this.#props
    const previous = stateOf(this.#state)
    const { state, effects } = reduce(this.#state, event, { nowMs: queue.now(), random })
    this.#state = state
    if (stateOf(state) !== previous) onState?.(stateOf(state))
    for (const effect of effects) this.#do(effect)
    this.#tickInTime()
  }

  #do(effect: Effect): void {
    switch (effect.type) {
      case 'getToken':
        return this.#tell({ type: 'token', socket: effect.socket })
      case 'open':
        return this.#open(effect.socket)
      case 'send':
        return this.#ping(effect.socket)
      case 'close':
        return void this.#sockets.delete(effect.socket)
      // For the app.
      case 'resolve':
      case 'reject':
      case 'emit':
    }
  }

  #open(socket: number): void {
    this.#sockets.add(socket)
    this.#props.open((isOpen) => {
      if (!this.#sockets.has(socket)) return
      if (isOpen) this.#tell({ type: 'opened', socket })
      else this.#drop(socket)
    })
  }

  #ping(socket: number): void {
    const { queue, roundTripMs, onPing } = this.#props
    onPing?.()
    queue.after(roundTripMs(), () => {
      if (this.#sockets.has(socket)) this.#tell({ type: 'frame', socket, text: PONG })
    })
  }

  #drop(socket: number): void {
    this.#sockets.delete(socket)
    this.#tell({ type: 'dropped', socket })
  }

  /** As a timer that is set anew whenever the deadline moves. */
  #tickInTime(): void {
    const dueMs = nextDeadline(this.#state)
    if (dueMs === this.#tickMs) return
    this.#tickMs = dueMs
    if (dueMs === Infinity) return
    this.#props.queue.at(dueMs, () => {
      if (this.#tickMs !== dueMs) return
      this.#tickMs = Infinity
      this.#tell({ type: 'tick' })
    })
  }
}
