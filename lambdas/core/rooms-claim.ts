/**
 * The most bytes of a list of rooms, as JSON in JSON: API Gateway takes no more than 8 KB from an authorizer,
 * in which the subject, of up to a kilobyte, stands twice.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_CLAIM_BYTES = 4 * 1024

/**
 * Reads the claim that lists the rooms a token is good for: an array of names, or one text with spaces
 * between them, for issuers whose claims are texts. A claim that is missing lists nothing.
 *
 * @returns undefined when it is none of these, or too long
 */
export function readRoomsClaim(claim: unknown): readonly string[] | undefined {
  const rooms = listOf(claim)
  if (!rooms || Buffer.byteLength(JSON.stringify(JSON.stringify(rooms))) > MAX_CLAIM_BYTES)
    return undefined
  return rooms
}

function listOf(claim: unknown): string[] | undefined {
  if (claim === undefined || claim === null) return []
  if (typeof claim === 'string') return claim.split(' ').filter((name) => name !== '')
  if (!Array.isArray(claim)) return undefined
  const names = claim.filter((item) => typeof item === 'string')
  return names.length === claim.length ? names : undefined
}
