import type { Sender } from './sender.ts'

/** What the Connections table holds of a connection, and all of it. */
export interface Connection {
  readonly connectionId: string
  /** Seconds since 1970; from then on no audience has it. */
  readonly expiresAt: number
  /**
   * Milliseconds since 1970: the theoretical arrival time of its next frame, which the rate limit
   * moves on. At first it is when the connection was made.
   */
  readonly tat: number
}

/**
 * How long a connection's item lives: the two hours after which API Gateway cuts every connection,
 * and ten minutes to spare for `$connect` itself and for clocks that differ.
 */
export const CONNECTION_TTL_SECONDS = 2 * 60 * 60 + 10 * 60

/**
 * Until its `$connect` has ended, which may take 29 seconds, a post to a connection answers 410 like
 * one to a connection that has left.
 */
const MAX_CONNECT_MS = 30_000

/** A connection that is being made. */
export function newConnection(sender: Sender, nowMs: number): Connection {
  return { connectionId: sender.connectionId, expiresAt: expiryOf(sender, nowMs), tat: nowMs }
}

/**
 * When what is stored of a connection expires, in seconds since 1970: when API Gateway has cut it, or
 * when its token allows it no more.
 */
export function expiryOf({ expiresAt = Infinity }: Sender, nowMs: number): number {
  const latest = Math.floor(nowMs / 1000) + CONNECTION_TTL_SECONDS
  // A time that cannot be read is one that has passed.
  return Math.floor(Math.min(latest, expiresAt)) || 0
}

/**
 * The latest `tat` of a connection whose handshake has certainly ended. With a later one, "gone"
 * could mean "not yet"; or it has sent something meanwhile.
 */
export function latestConnected(nowMs: number): number {
  return nowMs - MAX_CONNECT_MS
}
