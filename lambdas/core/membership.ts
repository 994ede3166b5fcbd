import type { Page } from './delivery.ts'

/** What the Memberships table holds of a connection in a group, and all of it. */
export interface Membership {
  /** The keyed hash of a room's or a user's name. */
  readonly group: string
  readonly connectionId: string
  /** Seconds since 1970; from then on it counts for nothing. */
  readonly expiresAt: number
  /** The id under which the others in the group are told of it; undefined: they are not. */
  readonly announcement?: string | undefined
}

/** Which connections are in which rooms, and whose they are. */
export interface Memberships {
  /** Those of a group that have not expired, in an order that stays the same: see `Connections.page`. */
  page(group: string, after?: string, limit?: number): Promise<Page>
  /** All of a connection; one that it has just been given may be missing still. */
  ofConnection(connectionId: string): Promise<readonly Omit<Membership, 'expiresAt'>[]>
  find(group: string, connectionId: string): Promise<Omit<Membership, 'expiresAt'> | undefined>
  /**
   * Adds one, or prolongs it. The first announcement stays.
   *
   * @returns the announcement that stands now
   */
  add(membership: Membership): Promise<string | undefined>
  remove(group: string, connectionId: string): Promise<void>
}
