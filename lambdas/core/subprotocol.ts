import { headerValues, type Handshake } from './handshake.ts'

/** The subprotocols that a handshake offers, in order: in one header, or in several. */
export function offeredSubprotocols(handshake: Handshake): string[] {
  return headerValues(handshake, 'sec-websocket-protocol')
    .flatMap((value) => value.split(','))
    .map((offer) => offer.trim())
}
