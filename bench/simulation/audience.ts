import type { Page } from '../../lambdas/core/delivery.ts'

/** Ids in a page: 1 MB of items of 50 bytes. No whole number of chunks, so that a page has a rest. */
const PAGE_ITEMS = 20_971

/** As many characters as API Gateway's ids have. */
const ID_LENGTH = 16

/** The recipients of one message, and how often each got it. */
export class Audience {
  readonly size: number
  readonly #received: Uint8Array
  readonly #gone: Uint8Array
  readonly #slow: Uint8Array
  readonly #pruned: Uint8Array
  /** Recipients that have it, and copies beyond the first. */
  received = 0
  duplicates = 0

  constructor(size: number, shares: { gone: number; slow: number }, random: () => number) {
    const drawn = (share: number): Uint8Array =>
      Uint8Array.from({ length: size }, () => (random() < share ? 1 : 0))
    this.size = size
    this.#received = new Uint8Array(size)
    this.#gone = drawn(shares.gone)
    this.#slow = drawn(shares.slow)
    this.#pruned = new Uint8Array(size)
  }

  isGone(connectionId: string): boolean {
    return this.#gone[indexOf(connectionId)] === 1
  }

  isSlow(connectionId: string): boolean {
    return this.#slow[indexOf(connectionId)] === 1
  }

  receive(connectionId: string): void {
    const index = indexOf(connectionId)
    const before = this.#received[index] ?? 0
    if (before === 0) this.received += 1
    else this.duplicates += 1
    this.#received[index] = Math.min(255, before + 1)
  }

  prune(connectionId: string): void {
    this.#pruned[indexOf(connectionId)] = 1
  }

  get goneCount(): number {
    return this.#gone.reduce((sum, gone) => sum + gone, 0)
  }

  /** Those that have left. */
  gone(): string[] {
    return this.#where((index) => this.#gone[index] === 1)
  }

  /** Those that are not in the table any more. */
  pruned(): string[] {
    return this.#where((index) => this.#pruned[index] === 1)
  }

  /** Those that have not left and do not have the message. */
  missing(): string[] {
    return this.#where((index) => this.#gone[index] === 0 && this.#received[index] === 0)
  }

  page(after: string | undefined, limit = PAGE_ITEMS): Page {
    const start = after === undefined ? 0 : indexOf(after) + 1
    const end = Math.min(this.size, start + limit)
    const connectionIds: string[] = []
    for (let index = start; index < end; index += 1) {
      if (this.#pruned[index] === 0) connectionIds.push(idOf(index))
    }
    // Like DynamoDB, which does not look behind the last item that the limit allows.
    return { connectionIds, next: end - start === limit ? idOf(end - 1) : undefined }
  }

  #where(fits: (index: number) => boolean): string[] {
    const ids: string[] = []
    for (let index = 0; index < this.size; index += 1) {
      if (fits(index)) ids.push(idOf(index))
    }
    return ids
  }
}

function idOf(index: number): string {
  return String(index).padStart(ID_LENGTH, '0')
}

function indexOf(connectionId: string): number {
  return Number(connectionId)
}
