/** Who sent a frame: a connection, and what the authorizer vouched for at its handshake. */
export interface Sender {
  readonly connectionId: string
  /** The subject of the token; undefined when there is no authorizer. */
  readonly user?: string
  /** When the token expires, in seconds since 1970. */
  readonly expiresAt?: number
}

/** What API Gateway says of a connection in each of its events. */
export interface RequestContext {
  readonly connectionId: string
  /** What the authorizer returned as its context: every value is text by now. */
  readonly authorizer?: Readonly<Record<string, unknown>> | null
}

/** Reads a sender. What a client says of itself is not among it. */
export function readSender({ connectionId, authorizer }: RequestContext): Sender {
  const { user, expiresAt } = authorizer ?? {}
  return {
    connectionId,
    ...(typeof user === 'string' && { user }),
    ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }),
  }
}

/**
 * Whether the token is good for no more. A time that cannot be read is a time that has passed: the
 * door shuts rather than stay open.
 */
export function hasExpired({ expiresAt }: Sender, nowMs: number): boolean {
  return expiresAt !== undefined && !(nowMs < expiresAt * 1_000)
}
