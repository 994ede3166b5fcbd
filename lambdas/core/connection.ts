/** What the Connections table holds of a connection, and all of it. */
export interface Connection {
  readonly connectionId: string
  /** Seconds since 1970; from then on the connection cannot exist. */
  readonly expiresAt: number
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
const MAX_CONNECT_SECONDS = 30

export function expiresAt(nowMs: number): number {
  return Math.floor(nowMs / 1000) + CONNECTION_TTL_SECONDS
}

/**
 * The latest `expiresAt` of a connection whose handshake has certainly ended. With a later one,
 * "gone" could mean "not yet".
 */
export function latestConnected(nowMs: number): number {
  return Math.floor(nowMs / 1000) - MAX_CONNECT_SECONDS + CONNECTION_TTL_SECONDS
}
