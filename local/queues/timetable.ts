import type { Clock } from '../clock.ts'

/** What becomes due when: all that is due at the same time is due together. */
export class Timetable<Item> {
  readonly #clock: Clock
  readonly #onDue: (items: readonly Item[]) => void
  readonly #departures = new Map<
    number,
    { readonly items: Set<Item>; readonly cancel: () => void }
  >()
  readonly #times = new Map<Item, number>()

  constructor(clock: Clock, onDue: (items: readonly Item[]) => void) {
    this.#clock = clock
    this.#onDue = onDue
  }

  /** @param dueMs in place of the time that the item had before */
  set(item: Item, dueMs: number): void {
    this.delete(item)
    const departure = this.#departures.get(dueMs) ?? this.#announce(dueMs)
    departure.items.add(item)
    this.#times.set(item, dueMs)
  }

  /** The item does not become due any more. */
  delete(item: Item): void {
    const dueMs = this.#times.get(item)
    if (dueMs === undefined) return
    this.#times.delete(item)
    const departure = this.#departures.get(dueMs)
    departure?.items.delete(item)
    if (departure?.items.size !== 0) return
    departure.cancel()
    this.#departures.delete(dueMs)
  }

  #announce(dueMs: number): { readonly items: Set<Item>; readonly cancel: () => void } {
    const items = new Set<Item>()
    const cancel = this.#clock.after(dueMs - this.#clock.now(), () => {
      this.#departures.delete(dueMs)
      for (const item of items) this.#times.delete(item)
      this.#onDue([...items])
    })
    const departure = { items, cancel }
    this.#departures.set(dueMs, departure)
    return departure
  }
}
