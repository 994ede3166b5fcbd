type Listeners<Events> = {
  [Name in keyof Events]?: Set<(event: Events[Name]) => void>
}

/** Listeners by name. One that throws stops nobody. */
export class Emitter<Events> {
  readonly #listeners: Listeners<Events> = {}
  readonly #onThrow: (error: unknown, name: keyof Events) => void

  /** @param onThrow is told what a listener has thrown, and to which event */
  constructor(onThrow: (error: unknown, name: keyof Events) => void) {
    this.#onThrow = onThrow
  }

  /** Returns the undo. A listener that is put on twice is called twice. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const own = (event: Events[Name]): void => listener(event)
    const listeners = (this.#listeners[name] ??= new Set())
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  /** @returns whether anyone has heard it */
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): boolean {
    const listeners = [...(this.#listeners[name] ?? [])]
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#onThrow(error, name)
      }
    }
    return listeners.length > 0
  }
}
