import { SwitchboardError } from './errors.ts'

/** Messages that may wait for a loop that does not keep up. */
const MOST_WAITING = 10_000

/** What is pushed, for a `for await` loop. */
export class MessageStream<Item> implements AsyncIterableIterator<Item> {
  readonly #items: Item[] = []
  readonly #onEnd: () => void
  #wake: () => void = () => {}
  #isEnded = false
  #error: unknown

  /** @param onEnd is called once, when nothing more can be pushed */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  push(item: Item): void {
    if (this.#isEnded) return
    if (this.#items.length >= MOST_WAITING) {
      const text = `${MOST_WAITING} messages wait for the loop that reads them`
      return this.end(new SwitchboardError('QUEUE_FULL', text))
    }
    this.#items.push(item)
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

  async next(): Promise<IteratorResult<Item, undefined>> {
    while (this.#items.length === 0) {
      if (this.#isEnded) return this.#finish()
      await new Promise<void>((resolve) => {
        const others = this.#wake
        this.#wake = () => {
          others()
          resolve()
        }
      })
      this.#wake = () => {}
    }
    const [value] = this.#items.splice(0, 1)
    return value === undefined ? this.#finish() : { done: false, value }
  }

  /** The loop was left. */
  return(): Promise<IteratorResult<Item, undefined>> {
    this.end()
    this.#items.length = 0
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish(): IteratorResult<Item, undefined> {
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
    return { done: true, value: undefined }
  }
}
