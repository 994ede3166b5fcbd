import type { EventQueue } from '../simulation/event-queue.ts'

/** What a client of the herd finds around itself. */
export interface Surroundings {
  readonly queue: EventQueue
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
  /** Tries to connect; the answer comes later: whether the door has let it in. */
  readonly attempt: (answer: (isIn: boolean) => void) => void
  readonly roundTripMs: () => number
  /** It is connected. */
  readonly back: () => void
  /** It will not try again by itself. */
  readonly giveUp: () => void
}

/** A way to come back after the line was lost. */
export interface ClientKind {
  /** With the version that was read. */
  readonly name: string
  /** When it tries again: n is the number of tries before. */
  readonly formula: string
  /** Where that was read, with the default settings. */
  readonly source: string
  /** Makes a client that is connected soon. Returns what cuts its line. */
  readonly join: (surroundings: Surroundings) => () => void
}
