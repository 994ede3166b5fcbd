import { EventQueue } from './event-queue.ts'
import { MachineClient } from './machine-client.ts'

/** What a client did that nobody sent anything to, and that had nothing to send. */
export interface QuietConnection {
  /** When it sent a ping, in milliseconds since it was told to connect. */
  readonly pingsAtMs: readonly number[]
  /** Connections that it opened: the first, and those that replaced it. */
  readonly connects: number
}

const ROUND_TRIP_MS = 100

/** Follows a client for so long, in virtual time, with a server that always answers. */
export function quietConnection(milliseconds: number, random: () => number): QuietConnection {
  const queue = new EventQueue()
  const pingsAtMs: number[] = []
  let connects = 0
  const client = new MachineClient({
    queue,
    random,
    open: (answer) => {
      connects += 1
      queue.after(ROUND_TRIP_MS, () => answer(true))
    },
    roundTripMs: () => ROUND_TRIP_MS,
    onPing: () => pingsAtMs.push(queue.now()),
  })
  client.connect()
  queue.run(milliseconds)
  return { pingsAtMs, connects }
}
