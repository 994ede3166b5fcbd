import { setText } from './dom.ts'
import { describeError } from './format.ts'

/** The line in which a card says what came of what was asked of it last. */
export class Outcome {
  readonly #line: HTMLOutputElement
  #latest = 0

  constructor(line: HTMLOutputElement) {
    this.#line = line
  }

  /** Says `waits` until it is known what came of it. What came of something earlier is in the log. */
  async follow(waits: string, outcome: Promise<string>): Promise<void> {
    this.#latest += 1
    const mine = this.#latest
    this.#show(waits, 'waiting')
    const [said, kind] = await outcome.then(
      (text) => [text, 'done'] as const,
      (error: unknown) => [describeError(error), 'failed'] as const,
    )
    if (mine === this.#latest) this.#show(said, kind)
  }

  refuse(reason: string): void {
    this.#latest += 1
    this.#show(reason, 'failed')
  }

  #show(text: string, kind: 'waiting' | 'done' | 'failed'): void {
    this.#line.dataset['outcome'] = kind
    setText(this.#line, text)
  }
}
