import { Latencies } from './latencies.ts'

/** Kinds of errors that are told apart; a server that invents more gets them under one name. */
const MAX_KINDS = 100

/** All that is counted. Its memory does not grow with the load. */
export class Tally {
  /** From sending to the ack. */
  readonly acks = new Latencies()
  /** From sending to the arrival at a recipient. */
  readonly deliveries = new Latencies()
  /** By kind, such as `handshake 429` or `RATE_LIMITED`. */
  readonly errors = new Map<string, number>()
  connected = 0
  sent = 0
  /** Acks that say the delivery goes on behind the queue. */
  queued = 0
  /** Recipients, as the acks count them: `sent`, `gone` and `failed`. */
  accepted = 0
  gone = 0
  failed = 0

  error(kind: string): void {
    const known = this.errors.has(kind) || this.errors.size < MAX_KINDS
    const name = known ? kind : 'other errors'
    this.errors.set(name, (this.errors.get(name) ?? 0) + 1)
  }
}
