import type { Room, User } from './acts.ts'

/** Whom a message is for. */
export type Target =
  'everyone' | { readonly room: Room } | { readonly user: User } | { readonly connectionId: string }

/** A device's connection: one that is online, or one that the server may still take for it. */
export interface Connection {
  readonly connectionId: string
  readonly device: string
  readonly user: User
  readonly sinceMs: number
  /** Its rooms, and who has heard of its coming there; undefined: it was not announced. */
  readonly rooms: Map<Room, Set<string> | undefined>
}

/** One that has ended, and that the server was not told of. */
export interface LostConnection extends Connection {
  readonly endedMs: number
}

/** Who is online, and who is in which room: what the server's tables should come to. */
export class Model {
  /** By device. */
  readonly live = new Map<string, Connection>()
  /** By connectionId: those that have ended without a `$disconnect`, and stand in a table still. */
  readonly lost = new Map<string, LostConnection>()
  /** Every connectionId that there was. */
  readonly known = new Set<string>(['nobody-ever-was='])

  connect(connection: Omit<Connection, 'rooms'>): void {
    this.live.set(connection.device, { ...connection, rooms: new Map() })
    this.known.add(connection.connectionId)
  }

  /** @returns those who hear of it: each other member once, although it may join as often as it likes */
  join(device: string, room: Room, announce: boolean): Connection[] {
    const { rooms, connectionId } = this.get(device)
    const heard = rooms.get(room) ?? (announce ? new Set<string>() : undefined)
    rooms.set(room, heard)
    if (!announce) return []
    const listeners = this.audience({ room }).filter(
      (member) => member.connectionId !== connectionId && heard?.has(member.device) === false,
    )
    for (const listener of listeners) heard?.add(listener.device)
    return listeners
  }

  /** @returns those who hear of it */
  leave(device: string, room: Room): Connection[] {
    const { rooms } = this.get(device)
    const isAnnounced = rooms.get(room) !== undefined
    rooms.delete(room)
    return isAnnounced ? this.audience({ room }) : []
  }

  /**
   * @param isTold whether the server has been told, by `$disconnect`
   * @returns the connection that was
   */
  end(device: string, isTold: boolean, endedMs: number): Connection {
    const connection = this.get(device)
    this.live.delete(device)
    if (!isTold) this.lost.set(connection.connectionId, { ...connection, endedMs })
    return connection
  }

  /** Those online that a message to this target has to reach. */
  audience(target: Target): Connection[] {
    return [...this.live.values()].filter((connection) => {
      if (target === 'everyone') return true
      if ('room' in target) return connection.rooms.has(target.room)
      if ('user' in target) return connection.user === target.user
      return connection.connectionId === target.connectionId
    })
  }

  get(device: string): Connection {
    const connection = this.live.get(device)
    if (!connection) throw new Error(`${device} is not online`)
    return connection
  }
}
