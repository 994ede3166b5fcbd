import { headerValues, type Handshake } from './handshake.ts'

/** Which pages may connect. */
export interface OriginRule {
  /** Serialized, such as `https://app.example.com`: scheme and host in lower case, no path. */
  readonly allowed: ReadonlySet<string>
  /** Whether a client that sends no Origin may: no browser leaves it out. */
  readonly allowMissing: boolean
}

/**
 * Whether the page that opens this connection may. A browser lets any page open a WebSocket to
 * anywhere, with the user's cookies, and says in a header that no page can change where it is from.
 * The header is compared as it is: browsers write it in one form alone, and what nobody has listed,
 * such as the `null` of a sandboxed frame, is not allowed.
 */
export function isAllowedOrigin(handshake: Handshake, rule: OriginRule): boolean {
  const origins = headerValues(handshake, 'origin')
  if (origins.length === 0) return rule.allowMissing
  return origins.every((origin) => rule.allowed.has(origin))
}
