import {
  MAX_ROOMS,
  MEMBERS_PER_PAGE,
  type Join,
  type Joined,
  type Leave,
  type ListMembers,
  type Members,
  type RoomAck,
} from '../../protocol/messages.ts'
import type { Groups } from './audience.ts'
import { expiryOf } from './connection.ts'
import { ProtocolError, replyTo } from './errors.ts'
import { writeJob } from './job.ts'
import { assertMayUseRoom, type PermissionRules } from './permission.ts'
import { endMembership, type LeavingDeps } from './leaving.ts'
import { unknownAction, type Command } from './schema.ts'
import type { Sender } from './sender.ts'

/** What rooms need from the outside. */
export interface RoomDeps extends LeavingDeps, PermissionRules {
  readonly groups: Groups
  /** A new id, unique for ever. */
  newMessageId(): string
}

/**
 * Lets a client into a room or out of it, or tells who is in.
 *
 * @throws ProtocolError FORBIDDEN, BAD_MESSAGE for one room too many, UNKNOWN_ACTION
 */
export async function carryOutRoom(
  command: Command,
  sender: Sender,
  deps: RoomDeps,
): Promise<RoomAck | Members> {
  switch (command.action) {
    case 'join':
      return join(command, sender, deps)
    case 'leave':
      return leave(command, sender, deps)
    case 'members':
      return listMembers(command, sender, deps)
    case 'sendmessage':
      throw unknownAction(command.action)
  }
}

async function join(
  { id, room, announce = false }: Join,
  sender: Sender,
  deps: RoomDeps,
): Promise<RoomAck> {
  assertMayUseRoom(room, sender, deps)
  const { connectionId } = sender
  const group = deps.groups.of({ room })
  await assertHasPlace(group, sender, deps)
  const announcement = await deps.memberships.add({
    group,
    connectionId,
    expiresAt: expiryOf(sender, deps.now()),
    announcement: announce ? deps.newMessageId() : undefined,
  })
  // Also when they were told before: nobody knows whether that came to its end, and the id is the same.
  if (announce && announcement !== undefined) await tellOthers(announcement, group, sender, deps)
  return { type: 'ack', ...replyTo(id), room, group }
}

/** Joins at the same moment do not see each other: so it may get a few more. */
async function assertHasPlace(
  group: string,
  { connectionId, user }: Sender,
  { memberships }: RoomDeps,
): Promise<void> {
  const all = await memberships.ofConnection(connectionId)
  const rooms = all.length - (user === undefined ? 0 : 1)
  if (rooms < MAX_ROOMS || all.some((each) => each.group === group)) return
  throw new ProtocolError(
    'BAD_MESSAGE',
    `room: expected at most ${MAX_ROOMS} rooms at a time; leave one first`,
  )
}

async function tellOthers(
  id: string,
  group: string,
  { connectionId, user }: Sender,
  deps: RoomDeps,
): Promise<void> {
  const vouched = user === undefined ? {} : { user }
  const joined: Joined = { type: 'joined', id, group, connectionId, ...vouched }
  const frame = JSON.stringify(joined)
  const job = { frame, audience: { group }, except: connectionId, sinceMs: deps.now() }
  await deps.queue.send([writeJob(job)])
}

/**
 * Who has no leave for a room any more may still leave it. Who never was in it is not told its group,
 * by which it would be found in a dump of the table.
 */
async function leave({ id, room }: Leave, sender: Sender, deps: RoomDeps): Promise<RoomAck> {
  const group = deps.groups.of({ room })
  const membership = await deps.memberships.find(group, sender.connectionId)
  if (membership) await endMembership(membership, deps)
  else assertMayUseRoom(room, sender, deps)
  return { type: 'ack', ...replyTo(id), room, group }
}

async function listMembers(
  { id, room, after }: ListMembers,
  sender: Sender,
  deps: RoomDeps,
): Promise<Members> {
  assertMayUseRoom(room, sender, deps)
  const group = deps.groups.of({ room })
  const { connectionIds, next } = await deps.memberships.page(group, after, MEMBERS_PER_PAGE)
  const more = next === undefined ? {} : { next }
  return { type: 'members', ...replyTo(id), room, connectionIds, ...more }
}
