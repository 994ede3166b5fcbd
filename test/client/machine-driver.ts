import type { Effect, MachineEvent } from '../../client/machine.ts'
import { initial, reduce } from '../../client/reducer.ts'
import { nextDeadline, stateOf, type MachineState } from '../../client/state.ts'
import type { ClientState, Receipt } from '../../client/types.ts'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const PING = '{"action":"ping"}'

/** Any time will do. */
const START_MS = 1_800_000_000_000

/** Drives the reducer through a story: events at times, and what it wants done about them. */
export class MachineDriver {
  /** All that it has wanted done, in order. */
  readonly effects: Effect[] = []
  nowMs = START_MS
  /** What chance brings from now on. */
  chance = 0.5
  #machine: MachineState

  constructor(maxPending = 100) {
    this.#machine = initial({ maxPending })
  }

  get state(): ClientState {
    return stateOf(this.#machine)
  }

  get connectionId(): string | undefined {
    return this.#machine.line?.connectionId
  }

  get deadlineMs(): number {
    return nextDeadline(this.#machine)
  }

  /** The latest socket. */
  get socket(): number {
    return this.#machine.sockets
  }

  /** @returns what it wants done */
  tell(event: MachineEvent): readonly Effect[] {
    const world = { nowMs: this.nowMs, random: () => this.chance }
    const { state, effects } = reduce(this.#machine, event, world)
    this.#machine = state
    this.effects.push(...effects)
    return effects
  }

  /** Lets time pass, with a tick whenever one is due. */
  pass(milliseconds: number): readonly Effect[] {
    const { length } = this.effects
    const endMs = this.nowMs + milliseconds
    while (this.deadlineMs <= endMs) {
      this.nowMs = Math.max(this.nowMs, this.deadlineMs)
      this.tell({ type: 'tick' })
    }
    this.nowMs = endMs
    return this.effects.slice(length)
  }

  /** Lets the server say something. */
  hear(frame: object, socket = this.socket): readonly Effect[] {
    return this.tell({ type: 'frame', socket, text: JSON.stringify(frame) })
  }

  drop(socket = this.socket): readonly Effect[] {
    return this.tell({ type: 'dropped', socket })
  }

  /** Lets the try that is under way succeed. */
  succeed(connectionId: string, expiresAtMs?: number): number {
    const { socket } = this
    this.tell({ type: 'token', socket, expiresAtMs })
    this.tell({ type: 'opened', socket })
    this.hear({ type: 'pong', connectionId })
    return socket
  }

  /** Connects. Returns the socket. */
  open(connectionId = 'first'): number {
    this.tell({ type: 'connect' })
    return this.succeed(connectionId)
  }

  send(id: string, timeoutMs = 2 * MINUTE): readonly Effect[] {
    return this.tell({ type: 'send', id, text: frameOf(id), deadlineMs: this.nowMs + timeoutMs })
  }

  ack(id: string, socket = this.socket): readonly Effect[] {
    return this.hear({ type: 'ack', re: id, ...RECEIPT }, socket)
  }

  /** How long until the next try is wanted. */
  untilNextTry(): number {
    const startMs = this.nowMs
    const { socket } = this
    while (this.socket === socket) this.pass(this.deadlineMs - this.nowMs)
    return this.nowMs - startMs
  }
}

export const RECEIPT: Receipt = { id: 'message', sent: 1, gone: 0, failed: 0 }

export function frameOf(id: string): string {
  return JSON.stringify({ action: 'sendmessage', id, data: null })
}

export function message(id: string, from = 'somebody', to = 'everyone'): object {
  return { type: 'message', id, from, to, data: id }
}

/** The texts that are sent, and over which sockets. */
export function sent(effects: readonly Effect[]): [socket: number, text: string][] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [[effect.socket, effect.text]] : []))
}

/** What the app hears of one kind. */
export function heard(effects: readonly Effect[], name: string): unknown[] {
  return effects.flatMap((effect) => {
    return effect.type === 'emit' && effect.name === name ? [effect.event] : []
  })
}

export function ofType<Type extends Effect['type']>(
  effects: readonly Effect[],
  type: Type,
): Extract<Effect, { type: Type }>[] {
  return effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)
}
