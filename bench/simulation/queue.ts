import type { Queue } from '../../lambdas/core/delivery.ts'
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
  /** As SQS bills them: a send of up to 64 KB, and every 64 KB more. */
  billedSends = 0
  onVisible: () => void = () => {}

  constructor(props: SimulatedQueueProps) {
    this.#props = props
  }

  async send(bodies: readonly string[], delaySeconds = 0): Promise<void> {
    const { clock, answerMs, duplicates } = this.#props
    await clock.sleep(answerMs)
    for (const body of bodies) {
      this.billedSends += Math.ceil(body.length / 65_536)
      const message: Stored = { body, receiveCount: 0, deleted: false }
      this.size += 1
      this.#showAfter(delaySeconds * 1000, message)
      if (duplicates()) this.#showAfter(delaySeconds * 1000, message)
    }
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
      clock.after(visibilityTimeoutSeconds * 1000, () => {
        if (!stored.deleted) this.#show(stored)
      })
      const { body, receiveCount } = stored
      return { message: { body, receiveCount }, done: () => this.#delete(stored) }
    }
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
    this.size -= 1
  }
}
