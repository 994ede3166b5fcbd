import { describe, expect, it } from 'vitest'
import { broadcast } from '../../../lambdas/core/broadcast.ts'
import type { Outcome } from '../../../lambdas/core/delivery.ts'
import { connected, FakeDelivery, hasEnded, settle } from '../../support/fake-delivery.ts'

const A_SECOND_AGO = 1
const NOBODY = undefined

describe('a broadcast', () => {
  it('posts the same frame to every connection once', async () => {
    const deps = new FakeDelivery([[connected('a'), connected('b')]])
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 2, gone: 0, failed: 0 })
    expect(deps.posts).toEqual([
      { connectionId: 'a', frame: 'frame' },
      { connectionId: 'b', frame: 'frame' },
    ])
  })

  it('to nobody counts nothing', async () => {
    const deps = new FakeDelivery([[]])
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 0, gone: 0, failed: 0 })
  })

  it('reads every page, an empty one in the middle too', async () => {
    const pages = [[connected('a')], [], [connected('b'), connected('c')], []]
    const deps = new FakeDelivery(pages)
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 3, gone: 0, failed: 0 })
    expect(deps.recipients.toSorted()).toEqual(['a', 'b', 'c'])
  })

  it('leaves out exactly the one it is told to', async () => {
    const deps = new FakeDelivery([[connected('a'), connected('ab'), connected('b')]])
    expect(await broadcast('frame', 'a', deps)).toEqual({ sent: 2, gone: 0, failed: 0 })
    expect(deps.recipients.toSorted()).toEqual(['ab', 'b'])
  })

  it('neither posts to nor counts nor removes what has expired', async () => {
    const deps = new FakeDelivery([[connected('old', 7_800), connected('young', 7_799)]])
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 1, gone: 0, failed: 0 })
    expect(deps.recipients).toEqual(['young'])
    expect(deps.removed).toEqual([])
  })

  it('rejects when the table cannot be read, but only after the posts under way', async () => {
    const pages = [[connected('a'), connected('b')], new Error('the table')]
    const deps = new FakeDelivery(pages)
    const { post, release } = held()
    deps.post = post
    const all = broadcast('frame', NOBODY, deps)
    expect(await hasEnded(all)).toBe(false)
    release('a')
    expect(await hasEnded(all)).toBe(false)
    release('b')
    await expect(all).rejects.toThrow('the table')
  })
})

describe('a broadcast that meets a connection that is gone', () => {
  it.each(['first', 'middle', 'last'])(
    'counts the %s once, removes exactly its item and reaches the others',
    async (gone) => {
      const page = ['first', 'middle', 'last'].map((id) => connected(id))
      const deps = new FakeDelivery([page], { [gone]: ['gone'] })
      expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 2, gone: 1, failed: 0 })
      expect(deps.removed).toEqual([gone])
      expect(deps.recipients.toSorted()).toEqual(['first', 'last', 'middle'])
      expect(deps.slept).toEqual([])
      expect(deps.reports).toEqual([])
    },
  )

  it('removes all of them when all are gone', async () => {
    const deps = new FakeDelivery([[connected('a')], [connected('b')]], {
      a: ['gone'],
      b: ['gone'],
    })
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 0, gone: 2, failed: 0 })
    expect(deps.removed.toSorted()).toEqual(['a', 'b'])
  })

  it('reports an item that it cannot remove, and changes nothing else', async () => {
    const page = [connected('a'), connected('b'), connected('c')]
    const deps = new FakeDelivery([page], { b: ['gone'] })
    deps.removeError = new Error('throttled')
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 2, gone: 1, failed: 0 })
    expect(deps.reports).toEqual([{ event: 'remove_failed', error: deps.removeError }])
  })
})

describe('a broadcast that meets a connection that may be connecting', () => {
  it('asks it again after a second, and keeps it when it has connected', async () => {
    const page = [connected('new', A_SECOND_AGO), connected('old')]
    const deps = new FakeDelivery([page], { new: ['gone', 'sent'] })
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 2, gone: 0, failed: 0 })
    expect(deps.removed).toEqual([])
    expect(deps.slept).toEqual([1_000])
    expect(deps.recipients).toEqual(['new', 'old', 'new'])
  })

  it('removes it when it is gone the second time, and counts it once', async () => {
    const deps = new FakeDelivery([[connected('new', A_SECOND_AGO)]], { new: ['gone', 'gone'] })
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 0, gone: 1, failed: 0 })
    expect(deps.removed).toEqual(['new'])
    expect(deps.recipients).toEqual(['new', 'new'])
  })

  it('waits once for all of them', async () => {
    const page = [connected('a', A_SECOND_AGO), connected('b', A_SECOND_AGO)]
    const deps = new FakeDelivery([page], { a: ['gone'], b: ['gone', 'failed'] })
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 1, gone: 0, failed: 1 })
    expect(deps.slept).toEqual([1_000])
    expect(deps.removed).toEqual([])
  })

  it('does not wait for one that got the message', async () => {
    const deps = new FakeDelivery([[connected('new', A_SECOND_AGO)]])
    await broadcast('frame', NOBODY, deps)
    expect(deps.slept).toEqual([])
  })
})

describe('a broadcast to somebody who cannot be reached', () => {
  it.each<Outcome>(['failed', 'throttled'])(
    'counts one whose post is %s as failed, keeps its item and goes on',
    async (outcome) => {
      const page = [connected('a'), connected('b'), connected('c')]
      const deps = new FakeDelivery([page], { a: [outcome] })
      expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 2, gone: 0, failed: 1 })
      expect(deps.removed).toEqual([])
      expect(deps.recipients).toEqual(['a', 'b', 'c'])
    },
  )

  it('adds up what was throttled and what failed', async () => {
    const page = [connected('a'), connected('b'), connected('c')]
    const deps = new FakeDelivery([page], { a: ['failed'], b: ['throttled'], c: ['failed'] })
    expect(await broadcast('frame', NOBODY, deps)).toEqual({ sent: 0, gone: 0, failed: 3 })
  })
})

describe('a broadcast to many', () => {
  it('has fifty posts under way, and never more', async () => {
    const ids = Array.from({ length: 120 }, (_, index) => `connection-${index}`)
    const pages = [ids.slice(0, 70), ids.slice(70)].map((page) => page.map((id) => connected(id)))
    const { post, release, waiting } = held()
    const deps = new FakeDelivery(pages)
    deps.post = post
    const all = broadcast('frame', NOBODY, deps)
    await settle()
    expect(waiting.size).toBe(50)

    release('connection-3')
    await settle()
    expect(waiting.size).toBe(50)
    expect(waiting.has('connection-50')).toBe(true)
    expect(waiting.has('connection-51')).toBe(false)

    while (waiting.size > 0) {
      expect(waiting.size).toBeLessThanOrEqual(50)
      for (const id of waiting.keys()) release(id)
      await settle()
    }
    expect(await all).toEqual({ sent: 120, gone: 0, failed: 0 })
  })
})

/** Posts that stay under way until they are released. */
function held(): {
  post: (connectionId: string) => Promise<Outcome>
  release: (connectionId: string) => void
  waiting: Map<string, (outcome: Outcome) => void>
} {
  const waiting = new Map<string, (outcome: Outcome) => void>()
  return {
    waiting,
    post: (connectionId) => new Promise((resolve) => waiting.set(connectionId, resolve)),
    release: (connectionId) => {
      waiting.get(connectionId)?.('sent')
      waiting.delete(connectionId)
    },
  }
}
