/** Rooms as the apps of the model call them. */
export const ROOMS = ['red', 'blue'] as const
export type RoomName = (typeof ROOMS)[number]

/** As the server calls a room. */
export function groupOf(room: string): string {
  return `group-${room}`
}

/** Which connections are in which rooms, on the server. */
export class Memberships {
  /** By room: the connections in it, and whether they announce it. */
  readonly #rooms = new Map<string, Map<string, boolean>>()

  /** @returns whether the others have to be told */
  join(room: string, connectionId: string, announce: boolean): boolean {
    const members = this.#rooms.get(room) ?? new Map<string, boolean>()
    const before = members.get(connectionId) ?? false
    members.set(connectionId, before || announce)
    this.#rooms.set(room, members)
    return announce && !before
  }

  /** @returns whether the others have to be told */
  leave(room: string, connectionId: string): boolean {
    const members = this.#rooms.get(room)
    const wasAnnounced = members?.get(connectionId) ?? false
    members?.delete(connectionId)
    return wasAnnounced
  }

  of(room: string): readonly string[] {
    return [...(this.#rooms.get(room)?.keys() ?? [])]
  }

  roomsOf(connectionId: string): readonly string[] {
    return [...this.#rooms].flatMap(([room, members]) => (members.has(connectionId) ? [room] : []))
  }
}
