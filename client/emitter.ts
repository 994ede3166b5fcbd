type Listeners<Events> = {
  [Name in keyof Events]?: Set<(event: Events[Name]) => unknown>
}

/**
 * Listeners by name. What one throws becomes an `error` event, and stops nobody. An `error` that
 * nobody listens to, or whose listener throws, goes to the console: it would be lost.
 */
export class Emitter<Events extends { readonly error: Error }> {
  readonly #listeners: Listeners<Events> = {}

  /** Returns the undo. A listener that is put on twice is called twice. */
  on<Name extends keyof Events>(
    name: Name,
    listener: (event: Events[Name]) => unknown,
  ): () => void {
    const own = (event: Events[Name]): unknown => listener(event)
    const listeners = (this.#listeners[name] ??= new Set())
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const listeners = this.#listeners[name] ?? new Set()
    if (name === 'error' && !listeners.size) console.error(event)
    const fail = (error: unknown): void => {
      if (name === 'error') console.error(error)
      else this.emit('error', toError(error))
    }
    // A copy: one that is put on meanwhile, perhaps by itself, hears the next event.
    for (const listener of Array.from(listeners)) {
      if (!listeners.has(listener)) continue
      // It is called at once, and may be async: what becomes of it is seen later in any case.
      new Promise((resolve) => resolve(listener(event))).catch(fail)
    }
  }
}

export function toError(thrown: unknown): Error {
  // Its text may be had by no means: String() throws of some objects.
  return thrown instanceof Error ? thrown : new Error('see cause', { cause: thrown })
}
