import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../lambdas/core/delivery.ts'
import { Pace } from '../../../lambdas/core/pace.ts'
import { push } from '../../../lambdas/core/push.ts'
import {
  FakeDelivery,
  hasEnded,
  NEVER_MS,
  NOW_MS,
  settle,
  someIds,
} from '../../support/fake-delivery.ts'

const times = (count: number, outcome: Outcome): Outcome[] =>
  Array.from({ length: count }, () => outcome)

describe('a push', () => {
  it('posts the same frame to every connection once, in their order', async () => {
    const deps = new FakeDelivery()
    const outcomes = await push(
      { frame: 'frame', connectionIds: ['a', 'b'], deadlineMs: NEVER_MS },
      deps,
    )
    expect([...outcomes]).toEqual([
      ['a', 'sent'],
      ['b', 'sent'],
    ])
    expect(deps.posts).toMatchObject([
      { connectionId: 'a', frame: 'frame' },
      { connectionId: 'b', frame: 'frame' },
    ])
    expect(deps.slept).toEqual([])
  })

  it('to nobody does nothing', async () => {
    const deps = new FakeDelivery()
    expect([
      ...(await push({ frame: 'frame', connectionIds: [], deadlineMs: NEVER_MS }, deps)),
    ]).toEqual([])
    expect(deps.slept).toEqual([])
  })

  it('has fifty posts under way, and never more', async () => {
    const deps = new FakeDelivery()
    const waiting = new Map<string, (outcome: Outcome) => void>()
    deps.post = (connectionId) =>
      new Promise((resolve) => {
        waiting.set(connectionId, resolve)
      })
    const release = (connectionId: string): void => {
      waiting.get(connectionId)?.('sent')
      waiting.delete(connectionId)
    }
    const all = push({ frame: 'frame', connectionIds: someIds(120), deadlineMs: NEVER_MS }, deps)
    await settle()
    expect(waiting.size).toBe(50)
    release('id-3')
    await settle()
    expect([waiting.size, waiting.has('id-50'), waiting.has('id-51')]).toEqual([50, true, false])
    while (waiting.size > 0) {
      expect(await hasEnded(all)).toBe(false)
      for (const id of waiting.keys()) release(id)
      await settle()
      expect(waiting.size).toBeLessThanOrEqual(50)
    }
    expect((await all).size).toBe(120)
  })

  it('has one outcome for each id, whatever they meet', async () => {
    const outcome = fc.constantFrom<Outcome>('sent', 'gone', 'throttled', 'unavailable', 'failed')
    const anyLists = fc.array(fc.array(outcome, { maxLength: 6 }), { maxLength: 80 })
    const property = fc.asyncProperty(anyLists, fc.nat(400), async (lists, milliseconds) => {
      const ids = someIds(lists.length)
      const entries = ids.map((id, index) => [id, lists[index] ?? []] as const)
      const deps = new FakeDelivery([[]], Object.fromEntries(entries))
      deps.latencyMs = 40
      const outcomes = await push(
        { frame: 'frame', connectionIds: ids, deadlineMs: NOW_MS + milliseconds },
        deps,
      )
      expect([...outcomes.keys()].toSorted()).toEqual(ids.toSorted())
      for (const [id, list] of entries) {
        const posts = deps.recipients.filter((recipient) => recipient === id).length
        // The first that ends it, or else what the last attempt met.
        const last = posts === 0 ? 'throttled' : (list[posts - 1] ?? 'sent')
        expect([id, outcomes.get(id)]).toEqual([id, last])
        const before = list.slice(0, Math.max(0, posts - 1))
        expect(before.filter((other) => !/throttled|unavailable/.test(other))).toEqual([])
      }
      expect(deps.posts.filter(({ atMs }) => atMs >= milliseconds)).toEqual([])
    })
    await fc.assert(property, { numRuns: 40 })
  })
})

describe('whom a post did not reach', () => {
  it.each<{ met: Outcome[]; outcome: Outcome; posts: number }>([
    { met: ['throttled'], outcome: 'sent', posts: 2 },
    { met: ['unavailable'], outcome: 'sent', posts: 2 },
    { met: ['throttled', 'gone'], outcome: 'gone', posts: 2 },
    { met: ['unavailable', 'failed'], outcome: 'failed', posts: 2 },
    { met: ['gone'], outcome: 'gone', posts: 1 },
    { met: ['failed'], outcome: 'failed', posts: 1 },
    { met: times(3, 'throttled'), outcome: 'sent', posts: 4 },
    { met: times(4, 'throttled'), outcome: 'throttled', posts: 4 },
    { met: [...times(3, 'throttled'), 'unavailable'], outcome: 'unavailable', posts: 4 },
  ])('after $met is $outcome, with $posts posts', async ({ met, outcome, posts }) => {
    const deps = new FakeDelivery([[]], { a: met })
    expect([
      ...(await push({ frame: 'frame', connectionIds: ['a', 'b'], deadlineMs: NEVER_MS }, deps)),
    ]).toEqual([
      ['a', outcome],
      ['b', 'sent'],
    ])
    expect(deps.recipients).toEqual(['a', 'b', ...Array.from({ length: posts - 1 }, () => 'a')])
  })

  it('is tried again when all others have had their turn', async () => {
    const deps = new FakeDelivery([[]], { 'id-0': ['throttled'] })
    await push({ frame: 'frame', connectionIds: someIds(60), deadlineMs: NEVER_MS }, deps)
    expect(deps.recipients).toEqual([...someIds(60), 'id-0'])
  })

  it.each([
    { random: 0, pauses: [0, 0, 0] },
    { random: 0.5, pauses: [50, 100, 200] },
    { random: 0.999, pauses: [99.9, 199.8, 399.6] },
  ])('waits longer each time, with full jitter: $pauses', async ({ random, pauses }) => {
    const deps = new FakeDelivery([[]], { a: times(4, 'throttled') })
    deps.random = () => random
    await push({ frame: 'frame', connectionIds: ['a'], deadlineMs: NEVER_MS }, deps)
    expect(deps.slept).toEqual(pauses)
  })

  it.each([
    { name: 'is not tried again when its pause would end at the deadline', afterMs: 50, posts: 1 },
    { name: 'is tried again when its pause ends before it', afterMs: 51, posts: 2 },
  ])('$name', async ({ afterMs, posts }) => {
    const deps = new FakeDelivery([[]], { a: times(4, 'unavailable') })
    const outcomes = await push(
      { frame: 'frame', connectionIds: ['a'], deadlineMs: NOW_MS + afterMs },
      deps,
    )
    // What it met still holds: it is not called throttled.
    expect(outcomes.get('a')).toBe('unavailable')
    expect(deps.posts).toHaveLength(posts)
    // Nobody sleeps for nothing.
    expect(deps.slept).toHaveLength(posts - 1)
  })
})

describe('the deadline of a push', () => {
  it('ends the posts, and who had no turn is throttled', async () => {
    const deps = new FakeDelivery()
    deps.latencyMs = 10
    const outcomes = await push(
      { frame: 'frame', connectionIds: someIds(120), deadlineMs: NOW_MS + 20 },
      deps,
    )
    const inOrder = someIds(120).map((id) => outcomes.get(id))
    expect(inOrder).toEqual([...times(100, 'sent'), ...times(20, 'throttled')])
  })

  it('that is over already lets nobody be posted to', async () => {
    const deps = new FakeDelivery()
    expect(
      (await push({ frame: 'frame', connectionIds: ['a'], deadlineMs: NOW_MS }, deps)).get('a'),
    ).toBe('throttled')
    expect(deps.posts).toEqual([])
  })

  it('leaves the outcome that somebody had before', async () => {
    const deps = new FakeDelivery([[]], { a: ['unavailable'], b: ['unavailable'] })
    // Two posts a second, after a burst of two: the second round's first turn comes too late.
    deps.pace = new Pace(4)
    const outcomes = await push(
      { frame: 'frame', connectionIds: ['a', 'b', 'c'], deadlineMs: NOW_MS + 200 },
      deps,
    )
    expect([...outcomes]).toEqual([
      ['a', 'unavailable'],
      ['b', 'unavailable'],
      ['c', 'sent'],
    ])
    expect(deps.recipients).toEqual(['a', 'b', 'c'])
  })
})

describe('the pace of a push', () => {
  it('is kept by all posts together', async () => {
    const deps = new FakeDelivery()
    deps.pace = new Pace(100)
    deps.latencyMs = 15
    await push({ frame: 'frame', connectionIds: someIds(200), deadlineMs: NEVER_MS }, deps)
    const { atMs = 0 } = deps.posts.at(-1) ?? {}
    // After the burst of half a second, one in 10 ms.
    expect(atMs).toBe(1_490)
  })

  it.each<{ outcome: Outcome; notes: boolean[] }>([
    { outcome: 'sent', notes: [true] },
    // The first time only: who is throttled again may be a slow reader.
    { outcome: 'throttled', notes: [false] },
    { outcome: 'gone', notes: [] },
    { outcome: 'failed', notes: [] },
    { outcome: 'unavailable', notes: [] },
  ])('is told of what is $outcome: $notes', async ({ outcome, notes }) => {
    const deps = new FakeDelivery([[]], { a: times(4, outcome) })
    const told: boolean[] = []
    deps.pace.accepted = () => void told.push(true)
    deps.pace.refused = () => void told.push(false)
    await push({ frame: 'frame', connectionIds: ['a'], deadlineMs: NEVER_MS }, deps)
    expect(told).toEqual(notes)
  })

  it('is told nothing of a retry, which has one round', async () => {
    const deps = new FakeDelivery([[]], { a: ['throttled', 'sent'], b: ['sent'] })
    const told: boolean[] = []
    deps.pace.accepted = () => void told.push(true)
    deps.pace.refused = () => void told.push(false)
    const retry = { frame: 'frame', connectionIds: ['a', 'b'], isRetry: true }
    const outcomes = await push({ ...retry, deadlineMs: NEVER_MS }, deps)
    expect([...outcomes]).toEqual([
      ['a', 'throttled'],
      ['b', 'sent'],
    ])
    expect(told).toEqual([])
    expect(deps.slept).toEqual([])
  })

  it('is lowered when the account throttles, and everybody is reached all the same', async () => {
    const deps = new FakeDelivery()
    deps.pace = new Pace(1_000)
    deps.latencyMs = 15
    // The account takes 200 a second.
    let due = NOW_MS
    const { post } = deps
    deps.post = async (connectionId, frame) => {
      const outcome = await post(connectionId, frame)
      if (due > deps.now() + 50) return 'throttled'
      due = Math.max(due, deps.now()) + 5
      return outcome
    }
    const outcomes = await push(
      { frame: 'frame', connectionIds: someIds(1_000), deadlineMs: NEVER_MS },
      deps,
    )
    const unreached = [...outcomes.values()].filter((outcome) => outcome !== 'sent').length
    expect(unreached).toBeLessThan(100)
    expect(deps.pace.perSecond).toBeLessThan(400)
  })

  it('is not lowered by a slow reader, who holds up nobody', async () => {
    const ids = someIds(1_000)
    const run = async (met: Outcome[]): Promise<{ deps: FakeDelivery; lastMs: number }> => {
      const deps = new FakeDelivery([[]], { 'id-7': met })
      deps.pace = new Pace(500)
      deps.latencyMs = 15
      const outcomes = await push(
        { frame: 'frame', connectionIds: ids, deadlineMs: NEVER_MS },
        deps,
      )
      expect(outcomes.get('id-7')).toBe(met.at(-1) ?? 'sent')
      expect(outcomes.size).toBe(1_000)
      const others = deps.posts.filter(({ connectionId }) => connectionId !== 'id-7')
      expect(others).toHaveLength(999)
      return { deps, lastMs: others.at(-1)?.atMs ?? 0 }
    }
    const without = await run([])
    const slow = await run(times(4, 'throttled'))
    expect(slow.deps.pace.perSecond).toBe(500)
    expect(slow.lastMs).toBe(without.lastMs)
  })
})
