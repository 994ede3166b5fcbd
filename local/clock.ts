import { setImmediate as nextTurn, setTimeout as realSleep } from 'node:timers/promises'

const UNIT_MS = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
} as const

type Unit = keyof typeof UNIT_MS

/** Milliseconds, or words such as `'10 minutes'`. */
export type Duration = number | `${number} ${Unit | `${Unit}s`}`

/** A task that waits for its time. */
interface Task {
  readonly dueMs: number
  readonly run: () => void
  cancelled: boolean
}

/**
 * How long, in real milliseconds, `advance` waits for work such as a running function before it
 * moves time on past it: a function that hangs is to meet its timeout.
 */
const PATIENCE_MS = 1_000

/** The longest that a timer of Node's can wait; a task that is due later is armed again then. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * The time of a local runtime: idle and lifetime of connections, TTL, visibility, throttles and
 * the timeouts of functions. It runs as the machine's does, and a test can move it on.
 */
export class Clock {
  /**
   * How far it is ahead of the machine's clock, in milliseconds, as one shared double: the threads
   * that functions run in read it too.
   */
  readonly offset = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT))
  /** Latest first, so that the next is at the end and cheap to take and to add before. */
  readonly #tasks: Task[] = []
  readonly #held = new Set<Promise<unknown>>()
  #timer: NodeJS.Timeout | undefined
  #timerDueMs = Infinity
  #advancing: Promise<void> = Promise.resolve()

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offsetMs
  }

  /**
   * Runs a task when so many milliseconds have passed. Returns the undo. The clock stands at whole
   * milliseconds, as the machine's does.
   */
  after(milliseconds: number, run: () => void): () => void {
    const task: Task = { dueMs: this.now() + Math.ceil(milliseconds), run, cancelled: false }
    this.#tasks.splice(this.#position(task.dueMs), 0, task)
    this.#arm()
    return () => this.#cancel(task)
  }

  /** Resolves when so many milliseconds have passed. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(milliseconds, resolve))
  }

  /**
   * Work that goes on in real time, such as a function that runs. `advance` lets it end, within
   * reason, before it moves time on: else ten minutes would pass in the middle of it.
   */
  hold<T>(work: Promise<T>): Promise<T> {
    const ended = (): void => void this.#held.delete(held)
    const held: Promise<void> = work.then(ended, ended)
    this.#held.add(held)
    return work
  }

  /**
   * Moves time on, and runs all that becomes due on the way, in order and each at its own time.
   * What a task sets off (a frame that is sent, a function that is invoked) has happened when it
   * resolves.
   *
   * @example await clock.advance('10 minutes')
   * @throws RangeError when the duration is negative, or no duration at all
   */
  advance(duration: Duration): Promise<void> {
    const milliseconds = toMilliseconds(duration)
    const advanced = this.#advancing.then(() => this.#advance(milliseconds))
    // What a task throws is for who moves it on now, not for the next.
    this.#advancing = advanced.catch(() => {})
    return advanced
  }

  get #offsetMs(): number {
    return this.offset[0] ?? 0
  }

  async #advance(milliseconds: number): Promise<void> {
    const target = this.now() + milliseconds
    const patience = new Set<Promise<unknown>>()
    await this.#settle(patience)
    for (;;) {
      const next = this.#tasks.at(-1)
      if (!next || next.dueMs > target) break
      this.#moveTo(next.dueMs)
      this.#tasks.pop()
      next.run()
      await this.#settle(patience)
    }
    this.#moveTo(target)
    this.#disarm() // The machine's timer does not know that time has been moved on.
    this.#arm()
    await this.#settle(patience)
  }

  /** Time never goes back: the machine's clock may have run past it meanwhile. */
  #moveTo(timeMs: number): void {
    this.offset[0] = this.#offsetMs + Math.max(0, timeMs - this.now())
  }

  /**
   * Lets what is under way get as far as it gets without time passing.
   *
   * @param given up: work for which there has been patience, and which is not waited for again
   */
  async #settle(given: Set<Promise<unknown>>): Promise<void> {
    await nextTurn()
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const waited = [...this.#held].filter((work) => !given.has(work))
      if (waited.length === 0) return
      const leftMs = deadline - Date.now()
      if (leftMs <= 0) {
        for (const work of waited) given.add(work)
        return
      }
      const abort = new AbortController()
      const timeout = realSleep(leftMs, undefined, { signal: abort.signal }).catch(() => {})
      await Promise.race([...waited, timeout])
      abort.abort()
      await nextTurn()
    }
  }

  /** Where a task with this time belongs: before all that are due earlier or at the same time. */
  #position(dueMs: number): number {
    let low = 0
    let high = this.#tasks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#tasks[middle]?.dueMs ?? 0) > dueMs) low = middle + 1
      else high = middle
    }
    return low
  }

  #cancel(task: Task): void {
    if (task.cancelled) return
    task.cancelled = true
    // Among the tasks of the same time, which stand together from here on.
    let index = this.#position(task.dueMs)
    while (this.#tasks[index]?.dueMs === task.dueMs && this.#tasks[index] !== task) index += 1
    if (this.#tasks[index] === task) this.#tasks.splice(index, 1)
  }

  /** Sets the machine's timer for the next task. */
  #arm(): void {
    const dueMs = this.#tasks.at(-1)?.dueMs ?? Infinity
    if (dueMs >= this.#timerDueMs && this.#timer) return
    this.#disarm()
    if (dueMs === Infinity) return
    this.#timerDueMs = dueMs
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, dueMs - this.now()))
    this.#timer = setTimeout(() => this.#runDue(), waitMs).unref()
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerDueMs = Infinity
  }

  #runDue(): void {
    this.#disarm()
    try {
      for (;;) {
        const next = this.#tasks.at(-1)
        if (!next || next.dueMs > this.now()) break
        this.#tasks.pop()
        next.run()
      }
    } finally {
      this.#arm()
    }
  }
}

/** @throws RangeError when it is negative, or no duration at all */
export function toMilliseconds(duration: Duration): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?) ([a-z]+?)s?$/.exec(String(duration)) ?? []
  const milliseconds =
    typeof duration === 'number'
      ? duration
      : Number(number) * (new Map<string, number>(Object.entries(UNIT_MS)).get(unit ?? '') ?? NaN)
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds
  throw new RangeError(
    `expected milliseconds, or words such as '10 minutes', received ${String(duration)}`,
  )
}
