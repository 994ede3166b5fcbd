/** When each run begins, in milliseconds since 1970: no run depends on the day that it is made. */
export const START_MS = Date.UTC(2026, 0, 1)

interface Task {
  readonly atMs: number
  /** Tasks of one time run in the order in which they were set. */
  readonly order: number
  readonly run: () => void
}

/** Virtual time: it stands while a task runs, and goes on to the next one. */
export class Timeline {
  nowMs = START_MS
  readonly #heap: Task[] = []
  #order = 0

  at(atMs: number, run: () => void): void {
    this.#order += 1
    this.#heap.push({ atMs: Math.max(this.nowMs, atMs), order: this.#order, run })
    this.#rise(this.#heap.length - 1)
  }

  after(milliseconds: number, run: () => void): void {
    this.at(this.nowMs + milliseconds, run)
  }

  /** Runs all that is due until then, and stops there. */
  runUntil(endMs: number): void {
    for (;;) {
      const next = this.#heap[0]
      if (!next || next.atMs > endMs) break
      this.#takeFirst()
      this.nowMs = next.atMs
      next.run()
    }
    this.nowMs = endMs
  }

  #takeFirst(): void {
    const last = this.#heap.pop()
    if (!last || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#isSooner(index, parent)) return
      this.#swap(index, parent)
      index = parent
    }
  }

  #sink(from: number): void {
    let index = from
    for (;;) {
      let soonest = index
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && this.#isSooner(child, soonest)) soonest = child
      }
      if (soonest === index) return
      this.#swap(index, soonest)
      index = soonest
    }
  }

  #isSooner(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (!a || !b) return false
    return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]]
    if (!a || !b) return
    this.#heap[one] = b
    this.#heap[other] = a
  }
}
