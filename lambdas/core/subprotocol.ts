/** Whether the handshake's headers, their names in any case, offer this subprotocol among others. */
export function offersSubprotocol(
  headers: Readonly<Record<string, string>> | undefined,
  subprotocol: string,
): boolean {
  return Object.entries(headers ?? {})
    .filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol')
    .flatMap(([, value]) => value.split(','))
    .some((offer) => offer.trim() === subprotocol)
}
