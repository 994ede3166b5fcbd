import { ProtocolError } from './errors.ts'

const BROADCAST = 'BROADCAST:'
const PRIVATE = 'PRIVATE:'

/**
 * Reads `BROADCAST:text` and `PRIVATE:connectionId:text` into the JSON form that means the same.
 * The text may hold colons; it may be empty.
 *
 * @returns undefined when the body is neither.
 * @throws ProtocolError BAD_MESSAGE when PRIVATE lacks its second colon.
 */
export function readTextForm(body: string): Record<string, unknown> | undefined {
  if (body.startsWith(BROADCAST)) {
    return { action: 'sendmessage', data: body.slice(BROADCAST.length) }
  }
  if (!body.startsWith(PRIVATE)) return undefined
  const end = body.indexOf(':', PRIVATE.length)
  if (end === -1) {
    throw new ProtocolError('BAD_MESSAGE', 'PRIVATE: expected PRIVATE:<connectionId>:<text>')
  }
  return {
    action: 'sendmessage',
    to: body.slice(PRIVATE.length, end),
    data: body.slice(end + 1),
  }
}
