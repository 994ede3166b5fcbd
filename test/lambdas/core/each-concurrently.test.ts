import { describe, expect, it } from 'vitest'
import { eachConcurrently } from '../../../lambdas/core/each-concurrently.ts'
import { hasEnded, settle } from '../../support/fake-delivery.ts'

/** Visits that stay under way until they are told to end. */
class Visits {
  readonly started: number[] = []
  readonly #ends = new Map<number, (error?: Error) => void>()

  visit = (item: number): Promise<void> =>
    new Promise((resolve, reject) => {
      this.started.push(item)
      this.#ends.set(item, (error) => (error ? reject(error) : resolve()))
    })

  async end(item: number, error?: Error): Promise<void> {
    this.#ends.get(item)?.(error)
    await settle()
  }
}

async function* countTo(last: number, read: number[] = []): AsyncGenerator<number> {
  for (let item = 1; item <= last; item += 1) {
    await settle()
    read.push(item)
    yield item
  }
}

describe('eachConcurrently', () => {
  it.each([
    { name: 'a list', items: [1, 2, 3] },
    { name: 'a generator', items: countTo(3) },
  ])('visits every item of $name once', async ({ items }) => {
    const visited: number[] = []
    await eachConcurrently<number>(items, 2, async (item) => {
      await settle()
      visited.push(item)
    })
    expect(visited.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
  })

  it('ends at once when there is nothing to visit', async () => {
    await eachConcurrently([], 2, () => Promise.reject(new Error('visited')))
  })

  it('starts the next visit when one has ended, and never more than its number', async () => {
    const visits = new Visits()
    const all = eachConcurrently([1, 2, 3, 4], 2, visits.visit)
    await settle()
    expect(visits.started).toEqual([1, 2])
    await visits.end(2)
    expect(visits.started).toEqual([1, 2, 3])
    await visits.end(1)
    expect(visits.started).toEqual([1, 2, 3, 4])
    await visits.end(3)
    expect(await hasEnded(all)).toBe(false)
    await visits.end(4)
    await all
  })

  it('takes an item from the source only when there is room for it', async () => {
    const visits = new Visits()
    const read: number[] = []
    const all = eachConcurrently(countTo(3, read), 1, visits.visit)
    await settle()
    await settle()
    await settle()
    expect(read).toEqual([1])
    for (const item of [1, 2, 3]) {
      await expect.poll(() => visits.started).toContain(item)
      await visits.end(item)
    }
    await all
  })

  it('throws what a visit threw, after the others have ended', async () => {
    const visits = new Visits()
    const all = eachConcurrently([1, 2], 2, visits.visit)
    await settle()
    await visits.end(1, new Error('the first'))
    expect(await hasEnded(all)).toBe(false)
    await visits.end(2)
    await expect(all).rejects.toThrow('the first')
  })

  it('starts no further visit after one has thrown', async () => {
    const visits = new Visits()
    const all = eachConcurrently([1, 2, 3, 4], 2, visits.visit)
    const failure = expect(all).rejects.toThrow('the first')
    await settle()
    await visits.end(1, new Error('the first'))
    await visits.end(2)
    await failure
    expect(visits.started).toEqual([1, 2])
  })

  it('throws what the source threw, after the visits under way have ended', async () => {
    const visits = new Visits()
    const source = async function* (): AsyncGenerator<number> {
      yield* countTo(1)
      throw new Error('the source')
    }
    const all = eachConcurrently(source(), 3, visits.visit)
    expect(await hasEnded(all)).toBe(false)
    await expect.poll(() => visits.started).toEqual([1])
    await visits.end(1)
    await expect(all).rejects.toThrow('the source')
  })
})
