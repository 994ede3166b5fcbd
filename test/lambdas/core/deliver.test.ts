import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deliver } from '../../../lambdas/core/deliver.ts'
import { Pace } from '../../../lambdas/core/pace.ts'
import { FakeDelivery, NEVER_MS, NOW_MS, someIds } from '../../support/fake-delivery.ts'

const EVERYONE = { frame: 'frame', audience: 'everyone' } as const

const chunk = (...connectionIds: string[]): unknown => ({ frame: 'frame', connectionIds })

describe('an audience', () => {
  it('is read page by page and queued in chunks, in its order, and nobody is posted to', async () => {
    const deps = new FakeDelivery([['a', 'b', 'c'], [], ['d', 'e', 'f', 'g'], []])
    await deliver(EVERYONE, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([chunk('a', 'b'), chunk('c', 'd'), chunk('e', 'f'), chunk('g')])
    expect(deps.queue.messages.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0, 0, 0])
    expect(deps.connections.reads.map(({ after }) => after)).toEqual([
      undefined,
      '1/0',
      '2/0',
      '3/0',
    ])
    // As many as fit into a page of 1 MB.
    expect(deps.connections.reads.filter(({ limit }) => limit !== undefined)).toEqual([])
    expect(deps.posts).toEqual([])
  })

  it('is queued by 50 chunks at a time, because each has the frame', async () => {
    const deps = new FakeDelivery([someIds(101)])
    deps.chunkSize = 1
    const { send } = deps.queue
    const lengths: number[] = []
    deps.queue.send = async (bodies) => {
      lengths.push(bodies.length)
      await send(bodies)
    }
    await deliver(EVERYONE, NEVER_MS, deps)
    expect(lengths).toEqual([50, 50, 1])
    expect(chunksOf(deps).flat()).toEqual(someIds(101))
  })

  it('that fits into one chunk is pushed to, with nothing left for the queue', async () => {
    const deps = new FakeDelivery([['a'], ['x'], ['b']])
    await deliver({ ...EVERYONE, except: 'x' }, NEVER_MS, deps)
    expect(deps.recipients).toEqual(['a', 'b'])
    expect(deps.queue.jobs).toEqual([])
  })

  it('that fits into one chunk is queued when its time is over', async () => {
    const deps = new FakeDelivery([['a', 'b']])
    await deliver(EVERYONE, NOW_MS, deps)
    expect(deps.posts).toEqual([])
    expect(deps.queue.jobs).toEqual([chunk('a', 'b')])
  })

  it('of nobody queues nothing', async () => {
    const deps = new FakeDelivery([[], []])
    await deliver(EVERYONE, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([])
  })

  it('is reached once, without the one who is left out, wherever the pages end', async () => {
    const sizes = fc.array(fc.nat(7), { minLength: 1, maxLength: 8 })
    const property = fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 9 }),
      async (lengths, chunkSize) => {
        const pages = lengths.map((length, page) => someIds(length, `page-${page}`))
        const deps = new FakeDelivery(pages)
        deps.chunkSize = chunkSize
        await deliver({ ...EVERYONE, except: 'page-0-1' }, NEVER_MS, deps)
        const pushed = deps.recipients
        const chunks = pushed.length > 0 ? [pushed] : chunksOf(deps)
        expect(pushed.length > 0 && deps.queue.jobs.length > 0).toBe(false)
        expect(chunks.flat()).toEqual(pages.flat().filter((id) => id !== 'page-0-1'))
        const sizesBut = chunks.slice(0, -1).map(({ length }) => length)
        expect(sizesBut.every((size) => size === chunkSize)).toBe(true)
        expect(chunks.every(({ length }) => length > 0 && length <= chunkSize)).toBe(true)
      },
    )
    await fc.assert(property, { numRuns: 50 })
  })

  it('has the same chunks when it is carried out twice', async () => {
    const pages = [someIds(5, 'x'), someIds(4, 'y')]
    const [first, second] = [new FakeDelivery(pages), new FakeDelivery(pages)]
    first.queue.error = new Error('the queue')
    await expect(deliver(EVERYONE, NEVER_MS, first)).rejects.toThrow('the queue')
    first.queue.error = undefined
    await deliver(EVERYONE, NEVER_MS, first)
    await deliver(EVERYONE, NEVER_MS, second)
    expect(first.queue.jobs).toEqual(second.queue.jobs)
  })

  it('keeps what a chunk says to its recipients alone: no audience, no cursor, no part', async () => {
    const deps = new FakeDelivery([['a'], ['b'], ['c', 'd']])
    await deliver({ ...EVERYONE, except: 'x', after: '1/0', part: 3 }, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([chunk('b', 'c'), chunk('d')])
  })

  it('throws when the table cannot be read', async () => {
    const deps = new FakeDelivery([['a'], new Error('the table')])
    await expect(deliver(EVERYONE, NEVER_MS, deps)).rejects.toThrow('the table')
  })
})

describe('a group', () => {
  const GROUP = { frame: 'frame', audience: { group: 'lobby' } } as const

  it('is queued in chunks of its members, without the one who is left out', async () => {
    const deps = new FakeDelivery([new Error('the table of all connections')])
    deps.memberships.put('lobby', 'a', 'b', 'c', 'd')
    deps.memberships.put('cellar', 'x')
    await deliver({ ...GROUP, except: 'b' }, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([chunk('a', 'c'), chunk('d')])
    // As many as fit into a page of 1 MB.
    expect(deps.memberships.reads).toEqual([{ group: 'lobby', after: undefined, limit: undefined }])
  })

  it('is read on by another job where this one ended, and keeps its name', async () => {
    const deps = new FakeDelivery()
    const { page } = deps.memberships
    deps.memberships.page = (group, after) => page(group, after, 2)
    deps.memberships.put('lobby', 'a', 'b', 'c')
    await deliver(GROUP, NOW_MS, deps)
    const next = { ...GROUP, after: 'b', part: 1 }
    expect(deps.queue.jobs).toEqual([chunk('a', 'b'), next])
    await deliver(next, NOW_MS, deps)
    expect(deps.queue.jobs.slice(2)).toEqual([chunk('c')])
  })

  it('that nobody is in queues nothing', async () => {
    const deps = new FakeDelivery()
    await deliver(GROUP, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([])
  })

  it('throws when the table cannot be read', async () => {
    const deps = new FakeDelivery()
    deps.memberships.error = new Error('the table')
    await expect(deliver(GROUP, NEVER_MS, deps)).rejects.toThrow('the table')
  })
})

describe('an audience that is not read before the deadline', () => {
  const PAGES = [['a', 'b', 'c'], ['d'], ['e']]

  it('is read on by another job, which begins where this one ended', async () => {
    const deps = new FakeDelivery(PAGES)
    await deliver({ ...EVERYONE, except: 'b' }, NOW_MS, deps)
    const next = { ...EVERYONE, except: 'b', after: '1/0', part: 1 }
    expect(deps.queue.jobs).toEqual([chunk('a', 'c'), next])
    await deliver(next, NOW_MS, deps)
    await deliver({ ...next, after: '2/0', part: 2 }, NOW_MS, deps)
    expect(deps.queue.jobs.slice(2)).toEqual([
      chunk('d'),
      { ...next, after: '2/0', part: 2 },
      chunk('e'),
    ])
  })

  it('leaves nobody out when the deadline passes while the chunks are queued', async () => {
    for (const queueingMs of [0, 4, 5, 6, 10, 11]) {
      const deps = new FakeDelivery(PAGES)
      deps.chunkSize = 2
      const { send } = deps.queue
      deps.queue.send = async (bodies, delaySeconds) => {
        await send(bodies, delaySeconds)
        await deps.sleep(queueingMs)
      }
      await deliver(EVERYONE, NOW_MS + 5, deps)
      const last = deps.queue.jobs.at(-1)
      const { after } = Object(last)
      const read = after === undefined ? 3 : Number(String(after).split('/')[0])
      expect(chunksOf(deps).flat()).toEqual(PAGES.slice(0, read).flat())
    }
  })

  it.each([
    { part: 6, queued: 1, deadLetters: [] },
    { part: 7, queued: 0, deadLetters: [{ ...EVERYONE, after: '1/0', part: 0 }] },
    { part: 99, queued: 0, deadLetters: [{ ...EVERYONE, after: '1/0', part: 0 }] },
  ])('after part $part waits in the queue ($queued) or among the dead letters', async (row) => {
    const deps = new FakeDelivery([[], ['a']])
    await deliver({ ...EVERYONE, part: row.part, sinceMs: NOW_MS }, NOW_MS, deps)
    expect(deps.queue.jobs).toHaveLength(row.queued)
    expect(deps.deadLetterQueue.jobs).toEqual(row.deadLetters)
  })
})

describe('a chunk', () => {
  const JOB = { frame: 'frame', connectionIds: ['a', 'b', 'c', 'd'] }
  const THROTTLED = ['throttled', 'throttled', 'throttled', 'throttled'] as const
  const UNAVAILABLE = ['unavailable', 'unavailable', 'unavailable', 'unavailable'] as const

  it('is pushed to its connections, and nothing is left to do', async () => {
    const deps = new FakeDelivery()
    await deliver(JOB, NEVER_MS, deps)
    expect(deps.posts).toMatchObject(
      JOB.connectionIds.map((connectionId) => ({ connectionId, frame: 'frame' })),
    )
    expect([...deps.queue.jobs, ...deps.deadLetterQueue.jobs]).toEqual([])
    expect(deps.measured).toMatchObject([{ sent: 4 }])
  })

  it('is queued again for those whom it could still reach', async () => {
    const deps = new FakeDelivery([[]], { b: THROTTLED, c: ['gone'], d: UNAVAILABLE })
    await deliver(JOB, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([{ frame: 'frame', connectionIds: ['b', 'd'], attempt: 1 }])
    expect(deps.connections.pruned).toEqual(['c'])
    expect(deps.deadLetterQueue.jobs).toEqual([])
  })

  it('is queued again for those who had no turn before the deadline', async () => {
    const deps = new FakeDelivery()
    deps.pace = new Pace(4)
    await deliver(JOB, NOW_MS + 100, deps)
    expect(deps.queue.jobs).toEqual([{ frame: 'frame', connectionIds: ['d'], attempt: 1 }])
  })

  it.each([
    { random: 0, delays: [1, 1, 1, 1, 1, 1] },
    { random: 0.5, delays: [2, 3, 5, 9, 17, 33] },
    { random: 0.999, delays: [2, 4, 8, 16, 32, 64] },
  ])('comes back after delays that grow, with full jitter: $delays', async (row) => {
    const delays: number[] = []
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const deps = new FakeDelivery([[]], { a: THROTTLED })
      deps.random = () => row.random
      await deliver({ ...JOB, attempt }, NEVER_MS, deps)
      expect(deps.queue.jobs).toEqual([
        { frame: 'frame', connectionIds: ['a'], attempt: attempt + 1 },
      ])
      delays.push(...deps.queue.messages.map(({ delaySeconds }) => delaySeconds))
    }
    expect(delays).toEqual(row.delays)
  })

  it.each([6, 7, 1_000])('is given up after attempt %i, and is a new job then', async (attempt) => {
    const deps = new FakeDelivery([[]], { a: ['failed'], b: THROTTLED, d: ['gone'] })
    await deliver({ ...JOB, attempt }, NEVER_MS, deps)
    expect(deps.queue.jobs).toEqual([])
    expect(deps.deadLetterQueue.messages).toEqual([{ job: chunk('a', 'b'), delaySeconds: 0 }])
    expect(deps.measured.at(-1)).toEqual({ givenUp: 2 })
  })

  it('is given up at once for those who would meet the same again', async () => {
    const deps = new FakeDelivery([[]], { a: ['failed'], b: THROTTLED })
    await deliver(JOB, NEVER_MS, deps)
    expect(deps.deadLetterQueue.jobs).toEqual([chunk('a')])
    expect(deps.queue.jobs).toEqual([{ frame: 'frame', connectionIds: ['b'], attempt: 1 }])
    expect(deps.measured.at(-1)).toEqual({ givenUp: 1 })
  })

  it.each(['queue', 'deadLetterQueue'] as const)('throws when the %s fails', async (name) => {
    const deps = new FakeDelivery([[]], { a: ['failed'], b: THROTTLED })
    deps[name].error = new Error(name)
    await expect(deliver(JOB, NEVER_MS, deps)).rejects.toThrow(name)
  })

  it('does not throw when an item cannot be taken out of the table', async () => {
    const deps = new FakeDelivery([[]], { a: ['gone'] })
    deps.connections.pruneError = new Error('the table')
    await deliver(JOB, NEVER_MS, deps)
    expect(deps.reports).toHaveLength(1)
  })
})

/** The recipients of the chunks that were queued. */
function chunksOf(deps: FakeDelivery): string[][] {
  return deps.queue.jobs.flatMap((job) => {
    const { connectionIds } = Object(job)
    return Array.isArray(connectionIds) ? [connectionIds.map(String)] : []
  })
}
