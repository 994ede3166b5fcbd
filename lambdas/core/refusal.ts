import { ProtocolError } from './errors.ts'
import type { Measures } from './measures.ts'
import { intervalMs, judgeTurn, type RateLimit } from './rate-limit.ts'
import { hasExpired, type Sender } from './sender.ts'

/** What admitting a frame needs from the outside. */
export interface RefusalDeps {
  /** Undefined: as many as a client likes. */
  readonly rateLimit: RateLimit | undefined
  /** Where a connection's turns are counted, by all functions together. */
  readonly turns: Turns
  /** Milliseconds since 1970. */
  now(): number
  measure(measures: Measures): void
}

export interface Turns {
  /**
   * Moves a connection's theoretical arrival time on by an interval, from now if it has passed.
   *
   * @returns that time, in milliseconds since 1970; undefined when the connection is not listed
   * @throws when it cannot be written
   */
  take(connectionId: string, nowMs: number, intervalMs: number): Promise<number | undefined>
}

/** Why a frame is not looked at. */
export interface Refusal {
  readonly error: ProtocolError
  /** Whether its connection has to go. */
  readonly closes: boolean
}

/**
 * Decides whether a frame of a connection may come in, before anybody reads it.
 *
 * @returns undefined when it may
 */
export async function refusalOf(sender: Sender, deps: RefusalDeps): Promise<Refusal | undefined> {
  const nowMs = deps.now()
  if (hasExpired(sender, nowMs)) return forbidden('your token has expired: connect with a new one')
  if (!deps.rateLimit) return undefined
  const interval = intervalMs(deps.rateLimit)
  const arrivalMs = await deps.turns.take(sender.connectionId, nowMs, interval)
  // It has left, or is about to. Let in, it could send as much as it likes before it goes.
  if (arrivalMs === undefined) return forbidden('this connection has ended: connect again')
  const turn = judgeTurn(arrivalMs, nowMs, deps.rateLimit)
  if (turn.kind === 'granted') return undefined
  deps.measure({ rateLimited: 1 })
  return turn.kind === 'exceeded' ? exceeded(deps.rateLimit) : limited(turn.retryAfterMs)
}

function forbidden(message: string): Refusal {
  return { error: new ProtocolError('FORBIDDEN', message), closes: true }
}

function limited(retryAfterMs: number): Refusal {
  const message = `too many messages: wait for ${retryAfterMs} ms`
  return { error: new ProtocolError('RATE_LIMITED', message, { retryAfterMs }), closes: false }
}

function exceeded({ messagesPerSecond, burst }: RateLimit): Refusal {
  const message = `far too many messages: expected at most ${messagesPerSecond} a second, ${burst} at once; connect again and send less`
  return { error: new ProtocolError('RATE_LIMITED', message), closes: true }
}
