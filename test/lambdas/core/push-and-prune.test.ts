import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../lambdas/core/delivery.ts'
import { pushAndPrune } from '../../../lambdas/core/push-and-prune.ts'
import {
  FakeDelivery,
  NEVER_MS,
  NOW_MS,
  someIds,
  type Outcomes,
} from '../../support/fake-delivery.ts'

const NOBODY = { sent: 0, gone: 0, throttled: 0, unavailable: 0, failed: 0 }

/** A delivery to everybody in `outcomes`, of whom some are connecting still. */
function deliveryTo(outcomes: Outcomes, connecting: readonly string[] = []): FakeDelivery {
  const deps = new FakeDelivery([[]], outcomes)
  for (const connectionId of connecting) deps.connections.connecting.add(connectionId)
  return deps
}

async function deliver(
  deps: FakeDelivery,
  ids: readonly string[],
  deadlineMs = NEVER_MS,
): Promise<Record<string, Outcome>> {
  return Object.fromEntries(
    await pushAndPrune({ frame: 'frame', connectionIds: ids, deadlineMs }, deps),
  )
}

describe('who is gone', () => {
  it('is taken out of the table, and nobody else is', async () => {
    const deps = deliveryTo({ b: ['gone'], c: ['failed'], d: ['unavailable', 'gone'] })
    expect(await deliver(deps, ['a', 'b', 'c', 'd'])).toEqual({
      a: 'sent',
      b: 'gone',
      c: 'failed',
      d: 'gone',
    })
    expect(deps.connections.pruned.toSorted()).toEqual(['b', 'd'])
    expect(deps.reports).toEqual([])
  })

  it('is taken out of its rooms, which hear of it if they were told of its coming', async () => {
    const deps = deliveryTo({ a: ['gone'] })
    const ofA = { connectionId: 'a', expiresAt: 1 }
    deps.memberships.items = [{ ...ofA, group: 'lobby', announcement: 'uuid' }]
    deps.memberships.put('cellar', 'a', 'b')
    await deliver(deps, ['a', 'b'])
    expect(deps.memberships.items).toMatchObject([{ group: 'cellar', connectionId: 'b' }])
    expect(deps.queue.frames).toEqual([
      { type: 'left', id: 'uuid-left', group: 'lobby', connectionId: 'a' },
    ])
  })

  it('is taken out of its rooms by whoever has taken it out, and told of once', async () => {
    const deps = deliveryTo({ a: ['gone'] })
    const item = { group: 'lobby', connectionId: 'a', expiresAt: 1, announcement: 'uuid' }
    deps.memberships.items = [item]
    deps.connections.absent.add('a')
    const { sleep } = deps
    deps.sleep = async (milliseconds) => {
      // The other has come to its end meanwhile.
      deps.memberships.items = []
      await sleep(milliseconds)
    }
    await deliver(deps, ['a', 'b'])
    expect(deps.queue.frames).toEqual([])
    expect(deps.clock.nowMs - NOW_MS).toBe(250)
  })

  it('is taken out of its rooms all the same when the other does not do it', async () => {
    const deps = deliveryTo({ a: ['gone'] })
    const item = { group: 'lobby', connectionId: 'a', expiresAt: 1, announcement: 'uuid' }
    deps.memberships.items = [item]
    deps.connections.absent.add('a')
    await deliver(deps, ['a', 'b'])
    expect(deps.memberships.items).toEqual([])
    expect(deps.queue.frames).toMatchObject([{ type: 'left', id: 'uuid-left' }])
  })

  it('is told to the metrics with what became of the others, once', async () => {
    const throttled: Outcome[] = ['throttled', 'throttled', 'throttled', 'throttled']
    const deps = deliveryTo({ a: ['gone'], b: throttled, c: ['failed'] })
    await deliver(deps, ['a', 'b', 'c', 'd', 'e'])
    expect(deps.measured).toEqual([{ ...NOBODY, sent: 2, gone: 1, throttled: 1, failed: 1 }])
  })

  it('is reported once with how many could not be taken out, and changes nothing else', async () => {
    const deps = deliveryTo({ a: ['gone'], b: ['gone'] })
    const error = new Error('throttled')
    deps.connections.pruneError = error
    expect(await deliver(deps, ['a', 'b', 'c'])).toEqual({ a: 'gone', b: 'gone', c: 'sent' })
    expect(deps.reports).toEqual([{ event: 'prune_failed', error, count: 2 }])
  })

  it('is reported when it could not be taken out of its rooms, and changes nothing else', async () => {
    const deps = deliveryTo({ a: ['gone'], b: ['gone'] })
    const error = new Error('the table')
    deps.memberships.error = error
    expect(await deliver(deps, ['a', 'b', 'c'])).toEqual({ a: 'gone', b: 'gone', c: 'sent' })
    expect(deps.reports).toEqual([{ event: 'prune_failed', error, count: 2 }])
  })

  it('is taken out by 25 calls at a time', async () => {
    const ids = someIds(60)
    const deps = deliveryTo(Object.fromEntries(ids.map((id) => [id, ['gone']])))
    let [underWay, most] = [0, 0]
    const { prune } = deps.connections
    deps.connections.prune = async (connectionId) => {
      underWay += 1
      most = Math.max(most, underWay)
      const result = await prune(connectionId)
      underWay -= 1
      return result
    }
    await deliver(deps, ids)
    expect(most).toBe(25)
    expect(deps.connections.pruned.toSorted()).toEqual(ids.toSorted())
  })
})

describe('a table that hardly answers', () => {
  it('is asked for nothing more after the deadline, and every outcome is known', async () => {
    const ids = someIds(200)
    const deps = deliveryTo(Object.fromEntries(ids.map((id) => [id, ['gone']])))
    const { prune } = deps.connections
    const begunMs: number[] = []
    deps.connections.prune = async (connectionId) => {
      begunMs.push(deps.now() - NOW_MS)
      await deps.clock.sleep(9_000)
      return prune(connectionId)
    }
    const outcomes = await deliver(deps, ids, NOW_MS + 24_000)
    expect(Object.values(outcomes)).toEqual(ids.map(() => 'gone'))
    // 25 at a time, at 0, 9 and 18 seconds.
    expect(begunMs).toHaveLength(75)
    expect(Math.max(...begunMs)).toBe(18_000)
  })
})

describe('who may be connecting', () => {
  it('is asked again after a second, all of them at once', async () => {
    const deps = deliveryTo({ a: ['gone'], b: ['gone', 'failed'], d: ['gone'] }, ['a', 'b'])
    expect(await deliver(deps, ['a', 'b', 'c', 'd'])).toEqual({
      a: 'sent',
      b: 'failed',
      c: 'sent',
      d: 'gone',
    })
    expect(deps.slept).toEqual([1_000])
    expect(deps.recipients).toEqual(['a', 'b', 'c', 'd', 'a', 'b'])
    expect(deps.connections.pruned).toEqual(['d'])
    expect(deps.measured).toEqual([{ ...NOBODY, sent: 2, gone: 1, failed: 1 }])
  })

  it('is left in the table when it is gone the second time, and counted once', async () => {
    const deps = deliveryTo({ a: ['gone', 'gone'] }, ['a'])
    deps.memberships.put('lobby', 'a')
    expect(await deliver(deps, ['a'])).toEqual({ a: 'gone' })
    expect(deps.memberships.of('lobby')).toEqual(['a'])
    expect(deps.recipients).toEqual(['a', 'a'])
    expect(deps.connections.pruned).toEqual([])
    expect(deps.measured).toEqual([{ ...NOBODY, gone: 1 }])
  })

  it.each([
    { milliseconds: 1_000, outcome: 'gone' },
    { milliseconds: 1_001, outcome: 'sent' },
  ])('is $outcome with $milliseconds ms to the deadline', async ({ milliseconds, outcome }) => {
    const deps = deliveryTo({ a: ['gone'] }, ['a'])
    expect(await deliver(deps, ['a'], NOW_MS + milliseconds)).toEqual({ a: outcome })
  })

  it('lets nobody wait when the message has reached it', async () => {
    const deps = deliveryTo({}, ['a'])
    await deliver(deps, ['a'])
    expect(deps.slept).toEqual([])
  })
})
