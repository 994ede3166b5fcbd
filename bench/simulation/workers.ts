import type { SimulatedClock } from './clock.ts'
import type { SimulatedQueue } from './queue.ts'

/** What Lambda begins with, and how many it adds each second while messages wait. */
const INITIAL_CONCURRENCY = 5
const ADDED_PER_SECOND = 5

/** What a worker may use up before it is ended. */
export interface Invocation {
  readonly deadlineMs: number
  /** Settles never when the worker is dead: what it awaited does not go on. */
  alive<Value>(result: Promise<Value>): Promise<Value>
}

export interface WorkersProps<Environment> {
  readonly clock: SimulatedClock
  readonly queue: SimulatedQueue
  readonly maxConcurrency: number
  readonly timeoutSeconds: number
  readonly pollMs: number
  readonly coldStartMs: number
  readonly newEnvironment: () => Environment
  /** After how many milliseconds this invocation is killed; undefined: it is not. */
  readonly killedAfterMs: () => number | undefined
  readonly handle: (body: string, environment: Environment, invocation: Invocation) => Promise<void>
}

type End = 'done' | 'failed' | 'killed'

/** Lambda's poller and the execution environments of one function, for batches of one message. */
export class Workers<Environment> {
  readonly #props: WorkersProps<Environment>
  readonly #idle: Environment[] = []
  #running = 0
  #isGrowing = false
  invocations = 0
  mostRunning = 0
  longestMs = 0
  billedMs = 0
  timeouts = 0
  kills = 0

  constructor(props: WorkersProps<Environment>) {
    this.#props = props
    props.queue.onVisible = () => {
      props.clock.after(props.pollMs, () => this.#poll())
    }
  }

  #poll(): void {
    while (this.#running < this.#concurrency()) {
      const received = this.#props.queue.receive()
      if (!received) return
      this.#running += 1
      this.mostRunning = Math.max(this.mostRunning, this.#running)
      void this.#invoke(received.message.body, received.done)
    }
    this.#pollWhenGrown()
  }

  #pollWhenGrown(): void {
    if (this.#isGrowing || this.#concurrency() === this.#props.maxConcurrency) return
    this.#isGrowing = true
    this.#props.clock.after(1000 / ADDED_PER_SECOND, () => {
      this.#isGrowing = false
      this.#poll()
    })
  }

  #concurrency(): number {
    const grown = INITIAL_CONCURRENCY + (this.#props.clock.now() / 1000) * ADDED_PER_SECOND
    return Math.min(this.#props.maxConcurrency, Math.floor(grown))
  }

  async #invoke(body: string, done: () => void): Promise<void> {
    const { clock, coldStartMs, pollMs, handle, newEnvironment } = this.#props
    let environment = this.#idle.pop()
    if (environment === undefined) {
      await clock.sleep(coldStartMs)
      environment = newEnvironment()
    }
    this.invocations += 1
    const startedMs = clock.now()
    const end = await this.#race((invocation) => handle(body, environment, invocation))
    this.longestMs = Math.max(this.longestMs, clock.now() - startedMs)
    this.billedMs += clock.now() - startedMs
    if (end === 'done') done()
    if (end !== 'killed') this.#idle.push(environment)
    await clock.sleep(pollMs)
    this.#running -= 1
    this.#poll()
  }

  /** Runs a handler until it ends, is killed, or has run for too long. */
  #race(run: (invocation: Invocation) => Promise<void>): Promise<End> {
    const { clock, timeoutSeconds, killedAfterMs } = this.#props
    return new Promise((resolve) => {
      let end: End | undefined
      const settle = (how: End): void => {
        end ??= how
        resolve(how)
      }
      const killedMs = killedAfterMs()
      if (killedMs !== undefined) {
        clock.after(killedMs, () => {
          if (end === undefined) this.kills += 1
          settle('killed')
        })
      }
      clock.after(timeoutSeconds * 1000, () => {
        if (end === undefined) this.timeouts += 1
        settle('killed')
      })
      const alive = async <Value>(result: Promise<Value>): Promise<Value> => {
        const value = await result
        return end === 'killed' ? await new Promise<never>(() => {}) : value
      }
      run({ deadlineMs: clock.now() + timeoutSeconds * 1000, alive }).then(
        () => settle('done'),
        () => settle('failed'),
      )
    })
  }
}
