import { ProtocolError } from './errors.ts'
import type { Sender } from './sender.ts'

/** What a client needs permission for. */
export interface PermissionRules {
  /** Whether its token has to list the rooms that it uses. */
  readonly roomsAreListed: boolean
  /** Whether it has to be a user itself to send to one. */
  readonly hasUsers: boolean
}

/** What ends in it stands for all rooms whose names begin so. */
const WILDCARD = '*'

/** @throws ProtocolError FORBIDDEN, when a client may neither join a room, send to it nor list it */
export function assertMayUseRoom(
  room: string,
  { rooms = [] }: Sender,
  rules: PermissionRules,
): void {
  if (!rules.roomsAreListed || rooms.some((pattern) => fits(room, pattern))) return
  throw new ProtocolError('FORBIDDEN', `your token is not good for the room ${room}`, { room })
}

/** @throws ProtocolError FORBIDDEN, when a client may not send to users */
export function assertMaySendToUser(
  user: string,
  sender: Sender,
  { hasUsers }: PermissionRules,
): void {
  if (!hasUsers || sender.user !== undefined) return
  throw new ProtocolError('FORBIDDEN', 'nobody has vouched for you: connect with a token', { user })
}

function fits(room: string, pattern: string): boolean {
  if (pattern.endsWith(WILDCARD)) return room.startsWith(pattern.slice(0, -WILDCARD.length))
  return room === pattern
}
