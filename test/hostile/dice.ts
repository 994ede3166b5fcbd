import { randomNumbers } from '../../local/faults/random.ts'

/** Random choices, always the same ones for a seed. */
export class Dice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = randomNumbers(seed)
  }

  /** From 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** @param probability from 0 to 1 */
  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new Error('nothing to choose from')
    return choice
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)))
  }

  /** Printable ASCII. */
  text(length: number): string {
    return Buffer.from(this.bytes(length).map((byte) => 0x20 + (byte % 0x5f))).toString('latin1')
  }

  /** Cuts what is to be written into pieces, so that it arrives in them. */
  pieces(whole: Buffer): Buffer[] {
    if (whole.length === 0 || this.chance(0.6)) return [whole]
    const cut = this.below(whole.length)
    return [whole.subarray(0, cut), whole.subarray(cut)]
  }
}
