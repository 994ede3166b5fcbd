/** Who sent a frame: a connection, and what the authorizer vouched for at its handshake. */
export interface Sender {
  readonly connectionId: string
  /** The subject of the token; undefined when there is no authorizer. */
  readonly user?: string
  /** When the token expires, in seconds since 1970. */
  readonly expiresAt?: number
  /** The rooms that the token is good for: names, or their beginnings with a `*`. */
  readonly rooms?: readonly string[]
}

/** What API Gateway says of a connection in each of its events. */
export interface RequestContext {
  readonly connectionId: string
  /** What the authorizer returned as its context: every value is text by now. */
  readonly authorizer?: Readonly<Record<string, unknown>> | null
}

/** Reads a sender. What a client says of itself is not among it. */
export function readSender({ connectionId, authorizer }: RequestContext): Sender {
  const { user, expiresAt, rooms } = authorizer ?? {}
  return {
    connectionId,
    ...(typeof user === 'string' && { user }),
    ...(expiresAt !== undefined && { expiresAt: Number(expiresAt) }),
    ...(typeof rooms === 'string' && { rooms: readList(rooms) }),
  }
}

/**
 * Whether the token is good for no more. A time that cannot be read is a time that has passed: the
 * door shuts rather than stay open.
 */
export function hasExpired({ expiresAt }: Sender, nowMs: number): boolean {
  return expiresAt !== undefined && !(nowMs < expiresAt * 1_000)
}

/** What cannot be read lists nothing. */
function readList(json: string): string[] {
  try {
    const list: unknown = JSON.parse(json)
    return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : []
  } catch {
    return []
  }
}
