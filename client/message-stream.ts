import { SwitchboardError } from './errors.ts'

/** Messages that may wait for a loop that does not keep up. */
const MOST_WAITING = 10_000

/** What is pushed, for a `for await` loop. */
export class MessageStream<Item> {
  readonly #items: Item[] = []
  #wake: () => void = () => {}
  #isEnded = false
  #error: unknown

  push(item: Item): void {
    if (this.#isEnded) return
    if (this.#items.push(item) > MOST_WAITING) {
      this.end(new SwitchboardError('QUEUE_FULL', `${MOST_WAITING} messages wait`))
    }
    this.#wake()
  }

  /** @param error thrown in the loop, once it has read what was pushed before */
  end(error?: unknown): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#error = error
    this.#wake()
  }

  /** @param onLeave is called when the loop is left, however it is */
  async *read(onLeave: () => void): AsyncGenerator<Item, void, undefined> {
    try {
      for (;;) {
        yield* this.#items.splice(0)
        if (this.#isEnded && this.#items.length === 0) break
        // Something may have come while the loop was at work.
        if (this.#items.length === 0) await new Promise<void>((wake) => (this.#wake = wake))
      }
      if (this.#error !== undefined) throw this.#error
    } finally {
      onLeave()
    }
  }
}
