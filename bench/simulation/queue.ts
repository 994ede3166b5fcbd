import type { Queue } from '../../lambdas/core/delivery.ts'
import { billedRequests } from '../../local/queues/billed-requests.ts'
import { MAX_BATCH_ENTRIES } from '../../local/queues/limits.ts'
import type { SimulatedClock } from './clock.ts'

/** A message that was received; it comes back when its time is over and nobody has deleted it. */
export interface Received {
  readonly body: string
  readonly receiveCount: number
}

interface Stored {
  readonly body: string
  receiveCount: number
  deleted: boolean
}

export interface SimulatedQueueProps {
  readonly clock: SimulatedClock
  readonly answerMs: number
  readonly visibilityTimeoutSeconds: number
  readonly maxReceiveCount: number
  readonly deadLetterQueue: SimulatedQueue | undefined
  /** Whether a message is delivered a second time although all is well. */
  readonly duplicates: () => boolean
}

/** A standard queue of SQS. */
export class SimulatedQueue implements Queue {
  readonly #props: SimulatedQueueProps
  readonly #visible: Stored[] = []
  #head = 0
  /** Messages that are not deleted. */
  size = 0
  /** As SQS bills them: one for each 64 KB of a batch. */
  billedRequests = 0
  /** Messages that were delivered twice although all was well. */
  duplicated = 0
  onVisible: () => void = () => {}

  constructor(props: SimulatedQueueProps) {
    this.#props = props
  }

  async send(bodies: readonly string[], delaySeconds = 0): Promise<void> {
    const { clock, answerMs, duplicates } = this.#props
    await clock.sleep(answerMs)
    for (let start = 0; start < bodies.length; start += MAX_BATCH_ENTRIES) {
      const batch = bodies.slice(start, start + MAX_BATCH_ENTRIES)
      this.#bill(batch.reduce((sum, { length }) => sum + length, 0))
    }
    for (const body of bodies) {
      const message: Stored = { body, receiveCount: 0, deleted: false }
      this.size += 1
      this.#showAfter(delaySeconds * 1000, message)
      if (!duplicates()) continue
      this.duplicated += 1
      this.#showAfter(delaySeconds * 1000, message)
    }
  }

  /** The visible messages. */
  bodies(): string[] {
    return this.#visible.slice(this.#head).flatMap(({ body, deleted }) => (deleted ? [] : [body]))
  }

  /** Undefined when no message is visible. */
  receive(): { message: Received; done: () => void } | undefined {
    const { clock, visibilityTimeoutSeconds, maxReceiveCount, deadLetterQueue } = this.#props
    for (;;) {
      const stored = this.#visible[this.#head]
      if (!stored) return undefined
      this.#head += 1
      if (this.#head === this.#visible.length) {
        this.#visible.length = 0
        this.#head = 0
      }
      if (stored.deleted) continue
      if (stored.receiveCount === maxReceiveCount && deadLetterQueue) {
        this.#delete(stored)
        void deadLetterQueue.send([stored.body])
        continue
      }
      stored.receiveCount += 1
      this.#bill(stored.body.length)
      clock.after(visibilityTimeoutSeconds * 1000, () => {
        if (!stored.deleted) this.#show(stored)
      })
      const { body, receiveCount } = stored
      return { message: { body, receiveCount }, done: () => this.#delete(stored) }
    }
  }

  #bill(bytes: number): void {
    this.billedRequests += billedRequests(bytes)
  }

  #showAfter(milliseconds: number, stored: Stored): void {
    if (milliseconds > 0) this.#props.clock.after(milliseconds, () => this.#show(stored))
    else this.#show(stored)
  }

  #show(stored: Stored): void {
    this.#visible.push(stored)
    this.onVisible()
  }

  #delete(stored: Stored): void {
    if (stored.deleted) return
    stored.deleted = true
    this.#bill(1)
    this.size -= 1
  }
}
