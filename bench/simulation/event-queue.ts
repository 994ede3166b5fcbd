interface Due {
  readonly atMs: number
  /** Of two that are due at once, the one that was put in first comes first. */
  readonly order: number
  readonly action: () => void
}

/**
 * Virtual time that jumps to what is due next, however far away it is. It knows no promises: what an
 * action does at once is all that happens then.
 */
export class EventQueue {
  /** A binary heap: an entry is due no later than the two below it, at 2 · index + 1 and + 2. */
  readonly #heap: Due[] = []
  #nowMs: number
  #count = 0

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  /** What is already over is due now. */
  at(atMs: number, action: () => void): void {
    this.#push({ atMs: Math.max(this.#nowMs, atMs), order: (this.#count += 1), action })
  }

  after(milliseconds: number, action: () => void): void {
    this.at(this.#nowMs + milliseconds, action)
  }

  /** Goes from one thing that is due to the next, until it is over, or `untilMs` is reached. */
  run(untilMs: number, isOver: () => boolean = () => false): void {
    while (!isOver()) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > untilMs) {
        this.#nowMs = untilMs
        return
      }
      this.#dropFirst()
      this.#nowMs = next.atMs
      next.action()
    }
  }

  #push(due: Due): void {
    const heap = this.#heap
    let index = heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, due)) break
      heap[index] = parent
      index = above
    }
    heap[index] = due
  }

  #dropFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const [first, second] = [heap[left], heap[left + 1]]
      const isSecond = first !== undefined && second !== undefined && isBefore(second, first)
      const child = isSecond ? second : first
      if (child === undefined || isBefore(last, child)) break
      heap[index] = child
      index = isSecond ? left + 1 : left
    }
    heap[index] = last
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs
}
