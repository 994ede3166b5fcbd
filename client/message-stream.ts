import { SwitchboardError } from './errors.ts'

/** Messages that may wait for a loop that does not keep up. */
const MOST_WAITING = 10_000

/** What is pushed, for a `for await` loop. */
export class MessageStream<Item> {
  readonly #items: Item[] = []
  readonly #onEnd: () => void
  #wake: () => void = () => {}
  #isEnded = false
  #error: unknown

  /** @param onEnd is called when nothing more is taken in: it has ended, or its reader has left */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  push(item: Item): void {
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
    this.#onEnd()
    this.#wake()
  }

  /** A generator alone would not notice a reader that leaves before it reads, or while it waits. */
  read(): AsyncIterableIterator<Item> {
    const items = this.#read()
    return {
      next: () => items.next(),
      return: () => {
        this.end()
        return items.return()
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  async *#read(): AsyncGenerator<Item, void, undefined> {
    // Something may have come while the loop was at work.
    while (this.#items.length > 0 || !this.#isEnded) {
      if (this.#items.length === 0) await new Promise<void>((wake) => (this.#wake = wake))
      yield* this.#items.splice(0)
    }
    if (this.#error !== undefined) throw this.#error
  }
}
