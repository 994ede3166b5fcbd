import { headerValues, queryValues, type Handshake } from './handshake.ts'
import { offeredSubprotocols } from './subprotocol.ts'

/** Before a token that comes as a subprotocol: the one thing that a browser's script can send. */
const SUBPROTOCOL_PREFIX = 'bearer.'

/** Authentication schemes are in any case (RFC 9110, 11.1). */
const BEARER = /^bearer +(.*)$/i

/** The parameter of the query. */
const PARAMETER = 'token'

/**
 * The tokens that a handshake brings: subprotocols `bearer.<token>`, headers
 * `Authorization: Bearer <token>`, and parameters `token` of the query where these are allowed.
 * With more than one, who the client is would depend on which one is read.
 */
export function bearerTokens(handshake: Handshake, { inQuery }: { inQuery: boolean }): string[] {
  return [
    ...offeredSubprotocols(handshake)
      .filter((offer) => offer.startsWith(SUBPROTOCOL_PREFIX))
      .map((offer) => offer.slice(SUBPROTOCOL_PREFIX.length)),
    ...headerValues(handshake, 'authorization').flatMap(
      (value) => BEARER.exec(value.trim())?.[1] ?? [],
    ),
    ...(inQuery ? queryValues(handshake, PARAMETER) : []),
  ]
}
