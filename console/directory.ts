/** Whose connection ids these are, those of the page's own clients, former ones too; and which room a group is. */
export class Directory {
  readonly #names = new Map<string, string>()
  readonly #rooms = new Map<string, string>()

  add(connectionId: string, name: string): void {
    this.#names.set(connectionId, name)
  }

  addRoom(group: string, room: string): void {
    this.#rooms.set(group, room)
  }

  /** A client's name, or the id of somebody else. */
  readonly nameOf = (connectionId: string): string => {
    return this.#names.get(connectionId) ?? connectionId
  }

  /** A room's name, or the group that no client of the page has been told the name of. */
  readonly roomOf = (group: string): string => {
    return this.#rooms.get(group) ?? group
  }
}
