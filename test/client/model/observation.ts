import type { Effect, MachineEvent } from '../../../client/machine.ts'
import type { ClientState, MessageOf, StateChange } from '../../../client/types.ts'
import type { Json } from '../../../protocol/messages.ts'

/** One event that a client has worked off, and all that can be seen of it. */
export interface Observation {
  readonly event: MachineEvent
  readonly effects: readonly Effect[]
  readonly told: Told
  readonly before: Seen
  readonly after: Seen
  /** The client's own clock, in milliseconds since 1970. */
  readonly wallMs: number
}

/** What can be seen of a client's state. */
export interface Seen {
  readonly state: ClientState
  readonly connectionId: string | undefined
  /** When it wants its next tick, by its own clock. */
  readonly deadlineMs: number
}

/** What the app is told, by the names of the events. */
export interface Told {
  readonly messages: MessageOf<Json>[]
  readonly changes: StateChange[]
  readonly connections: string[]
  /** For how long it was away, in milliseconds. */
  readonly returns: number[]
}

/** A rule that a client has broken. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export function demand(condition: boolean, rule: () => string): asserts condition {
  if (!condition) throw new Broken(rule())
}

export function toldBy(effects: readonly Effect[]): Told {
  const told: Told = { messages: [], changes: [], connections: [], returns: [] }
  for (const effect of effects) {
    if (effect.type !== 'emit') continue
    if (effect.name === 'message') told.messages.push(effect.event)
    else if (effect.name === 'state') told.changes.push(effect.event)
    else if (effect.name === 'connected') told.connections.push(effect.event.connectionId)
    else if (effect.name === 'reconnected') told.returns.push(effect.event.awayMs)
  }
  return told
}
