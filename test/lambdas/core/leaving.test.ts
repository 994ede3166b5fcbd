import { describe, expect, it } from 'vitest'
import { endMembership, leaveAll } from '../../../lambdas/core/leaving.ts'
import { FakeDelivery, NOW_MS, someIds } from '../../support/fake-delivery.ts'

const ANNOUNCED = { group: 'lobby', connectionId: 'A=', announcement: 'uuid', expiresAt: 1 }

const left = (group: string, announcement: string) => ({
  frame: JSON.stringify({ type: 'left', id: `${announcement}-left`, group, connectionId: 'A=' }),
  audience: { group },
  except: 'A=',
  sinceMs: NOW_MS,
})

function memberOf(...memberships: (typeof ANNOUNCED)[]): FakeDelivery {
  const deps = new FakeDelivery()
  deps.memberships.items = memberships
  return deps
}

describe('a membership that was announced', () => {
  it('ends, and the others in the group are told', async () => {
    const deps = memberOf(ANNOUNCED)
    deps.memberships.put('lobby', 'B=')
    await endMembership(ANNOUNCED, deps)
    expect(deps.queue.messages).toEqual([{ job: left('lobby', 'uuid'), delaySeconds: 0 }])
    expect(deps.memberships.of('lobby')).toEqual(['B='])
  })

  it('stays when nobody can be told, so that whoever finds it next tells them', async () => {
    const deps = memberOf(ANNOUNCED)
    deps.queue.error = new Error('the queue')
    await expect(endMembership(ANNOUNCED, deps)).rejects.toThrow('the queue')
    expect(deps.memberships.items).toEqual([ANNOUNCED])
  })

  it('is told of again under the same id when it could not be deleted', async () => {
    const deps = memberOf(ANNOUNCED)
    const { remove } = deps.memberships
    deps.memberships.remove = () => Promise.reject(new Error('the table'))
    await expect(leaveAll('A=', deps)).rejects.toThrow('the table')
    deps.memberships.remove = remove
    await leaveAll('A=', deps)
    await leaveAll('A=', deps)
    expect(deps.queue.jobs).toEqual([left('lobby', 'uuid'), left('lobby', 'uuid')])
    expect(deps.memberships.items).toEqual([])
  })
})

describe('a connection that has ended', () => {
  it('is in no group any more, and only those are told that knew of it', async () => {
    const deps = memberOf(ANNOUNCED, { ...ANNOUNCED, group: 'cellar', announcement: 'other' })
    deps.memberships.put('attic', 'A=', 'B=')
    await leaveAll('A=', deps)
    expect(deps.memberships.items).toMatchObject([{ group: 'attic', connectionId: 'B=' }])
    expect(deps.queue.jobs).toEqual([left('lobby', 'uuid'), left('cellar', 'other')])
  })

  it('that was in none costs no write', async () => {
    const deps = new FakeDelivery()
    deps.memberships.remove = () => Promise.reject(new Error('a write'))
    await leaveAll('A=', deps)
    expect(deps.queue.jobs).toEqual([])
  })

  it('leaves ten groups at a time', async () => {
    const deps = new FakeDelivery()
    for (const group of someIds(51)) deps.memberships.put(group, 'A=')
    const { remove } = deps.memberships
    let [underWay, most] = [0, 0]
    deps.memberships.remove = async (group, connectionId) => {
      underWay += 1
      most = Math.max(most, underWay)
      await remove(group, connectionId)
      underWay -= 1
    }
    await leaveAll('A=', deps)
    expect(most).toBe(10)
    expect(deps.memberships.items).toEqual([])
  })

  it('throws when its groups cannot be read', async () => {
    const deps = memberOf(ANNOUNCED)
    deps.memberships.error = new Error('the table')
    await expect(leaveAll('A=', deps)).rejects.toThrow('the table')
    expect(deps.queue.jobs).toEqual([])
  })
})
