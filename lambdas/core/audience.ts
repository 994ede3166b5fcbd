import type { RoomTarget, UserTarget } from '../../protocol/messages.ts'
import type { Connections, Page } from './delivery.ts'
import type { Memberships } from './membership.ts'

/** Whom a message is for, when it is for more than one: every connection, or the members of a group. */
export type Audience = 'everyone' | { readonly group: string }

/** What a room or a user is called where it is stored: by a hash that only who has the key can make. */
export interface Groups {
  of(target: RoomTarget | UserTarget): string
}

/** What reading an audience needs from the outside. */
export interface AudienceDeps {
  readonly connections: Connections
  readonly memberships: Memberships
}

/**
 * A part of an audience.
 *
 * @param after where to begin, as an earlier page said
 * @param limit how many items to look at; by default as many as fit into 1 MB
 * @throws when the table cannot be read
 */
export function pageOf(
  audience: Audience,
  { connections, memberships }: AudienceDeps,
  after?: string,
  limit?: number,
): Promise<Page> {
  if (audience === 'everyone') return connections.page(after, limit)
  return memberships.page(audience.group, after, limit)
}
