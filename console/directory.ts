/** Whose connection ids these are: those of the page's own clients, former ones too. */
export class Directory {
  readonly #names = new Map<string, string>()

  add(connectionId: string, name: string): void {
    this.#names.set(connectionId, name)
  }

  /** A client's name, or the id of somebody else. */
  readonly nameOf = (connectionId: string): string => {
    return this.#names.get(connectionId) ?? connectionId
  }
}
