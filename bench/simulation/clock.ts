import { setImmediate as nextTurn } from 'node:timers/promises'

/** Time that passes only as fast as what happens in it, to the millisecond. */
export class SimulatedClock {
  /** What is due, by its millisecond. */
  readonly #due = new Map<number, (() => void)[]>()
  #nowMs = 0

  now(): number {
    return this.#nowMs
  }

  after(milliseconds: number, action: () => void): void {
    const atMs = this.#nowMs + Math.max(1, Math.ceil(milliseconds))
    const actions = this.#due.get(atMs)
    if (actions) actions.push(action)
    else this.#due.set(atMs, [action])
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(milliseconds, resolve)
    })
  }

  /** Goes from one millisecond in which something is due to the next, until it is over. */
  async runUntil(isOver: () => boolean): Promise<void> {
    await nextTurn()
    while (!isOver()) {
      if (this.#due.size === 0) throw new Error('nothing is due, and it is not over')
      const actions = this.#due.get((this.#nowMs += 1))
      if (!actions) continue
      this.#due.delete(this.#nowMs)
      for (const action of actions) action()
      // All that follows from it without a wait comes first.
      await nextTurn()
    }
  }
}
