/** Each with the room of which alone it hears, if there is such. */
type Listeners<Event> = Map<(event: Event) => unknown, string | undefined>

/**
 * Listeners by name. What one throws becomes an `error` event, and stops nobody. An `error` that
 * nobody listens to, or whose listener throws, goes to the console: it would be lost.
 */
export class Emitter<Events extends { readonly error: Error }> {
  readonly #listeners: { [Name in keyof Events]?: Listeners<Events[Name]> } = {}

  /**
   * Returns the undo. A listener that is put on twice is called twice.
   *
   * @param room of which alone it hears; undefined: of all
   */
  on<Name extends keyof Events>(
    name: Name,
    listener: (event: Events[Name]) => unknown,
    room?: string,
  ): () => void {
    const own = (event: Events[Name]): unknown => listener(event)
    const listeners: Listeners<Events[Name]> = (this.#listeners[name] ??= new Map())
    listeners.set(own, room)
    return () => void listeners.delete(own)
  }

  /** @param room that it has to do with */
  emit<Name extends keyof Events>(name: Name, event: Events[Name], room?: string): void {
    const listeners: Listeners<Events[Name]> = (this.#listeners[name] ??= new Map())
    const fail = (error: unknown): void => {
      if (name === 'error') console.error(error)
      else this.emit('error', toError(error))
    }
    if (name === 'error' && !listeners.size) fail(event)
    // A copy: one that is put on meanwhile, perhaps by itself, hears the next event.
    for (const [own, only = room] of Array.from(listeners)) {
      if (!listeners.has(own) || only !== room) continue
      // It is called at once, and may be async: what becomes of it is seen later in any case.
      new Promise((resolve) => resolve(own(event))).catch(fail)
    }
  }

  /** Takes off all that hear of a room alone. */
  clear(room: string): void {
    for (const name in this.#listeners) {
      this.#listeners[name]?.forEach((only, own, all) => only === room && all.delete(own))
    }
  }
}

export function toError(thrown: unknown): Error {
  // Its text may be had by no means: String() throws of some objects.
  return thrown instanceof Error ? thrown : new Error('see cause', { cause: thrown })
}
