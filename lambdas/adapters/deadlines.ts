/**
 * Tells of what has not ended in time. All have the same time, so the first to begin is the first to
 * be late, and one timer does for all. When nothing is under way, none runs.
 */
export class Deadlines<Item> {
  readonly #milliseconds: number
  readonly #onLate: (item: Item) => void
  /** When each is late, in the order of these times. */
  readonly #late = new Map<Item, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(milliseconds: number, onLate: (item: Item) => void) {
    this.#milliseconds = milliseconds
    this.#onLate = onLate
  }

  begin(item: Item): void {
    this.#late.set(item, performance.now() + this.#milliseconds)
    this.#timer ??= this.#wait(this.#milliseconds)
  }

  end(item: Item): void {
    this.#late.delete(item)
    if (this.#late.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #wait(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#look()
    }, milliseconds)
  }

  #look(): void {
    const now = performance.now()
    this.#timer = undefined
    for (const [item, time] of this.#late) {
      if (time > now) {
        // What onLate began may have set a timer already.
        clearTimeout(this.#timer)
        this.#timer = this.#wait(Math.ceil(time - now))
        return
      }
      this.#late.delete(item)
      this.#onLate(item)
    }
  }
}
