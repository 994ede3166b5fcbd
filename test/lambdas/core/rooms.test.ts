import { describe, expect, it } from 'vitest'
import { carryOutRoom } from '../../../lambdas/core/rooms.ts'
import type { Command } from '../../../lambdas/core/schema.ts'
import type { Sender } from '../../../lambdas/core/sender.ts'
import { FakeDelivery, NOW_MS, someIds } from '../../support/fake-delivery.ts'

const SENDER = { connectionId: 'Sender=' }
const NOW_SECONDS = NOW_MS / 1_000
const LOBBY = { room: 'lobby', group: 'room lobby' }

/** The groups that a connection is in. */
const groupsOf = ({ memberships }: FakeDelivery, connectionId = 'Sender='): string[] =>
  memberships.items.filter((item) => item.connectionId === connectionId).map(({ group }) => group)

describe('joining a room', () => {
  it('puts the connection in, until API Gateway cuts it, and says what the room is called', async () => {
    const deps = new FakeDelivery()
    const ack = await does({ action: 'join', id: '7', room: 'lobby' }, deps)
    expect(ack).toEqual({ type: 'ack', re: '7', ...LOBBY })
    expect(deps.memberships.items).toEqual([
      { group: 'room lobby', connectionId: 'Sender=', expiresAt: NOW_SECONDS + 7_800 },
    ])
    expect(deps.queue.jobs).toEqual([])
  })

  it('lasts no longer than the token', async () => {
    const deps = new FakeDelivery()
    const sender = { ...SENDER, user: 'alice', expiresAt: NOW_SECONDS + 5 }
    await does({ action: 'join', room: 'lobby' }, deps, sender)
    expect(deps.memberships.items).toMatchObject([{ expiresAt: NOW_SECONDS + 5 }])
  })

  it('twice is joining once, and prolongs it', async () => {
    const deps = new FakeDelivery()
    await does({ action: 'join', room: 'lobby' }, deps)
    await deps.clock.sleep(5_000)
    await does({ action: 'join', room: 'lobby' }, deps)
    expect(deps.memberships.items).toMatchObject([{ expiresAt: NOW_SECONDS + 7_805 }])
  })

  it('throws when the table fails', async () => {
    const deps = new FakeDelivery()
    deps.memberships.error = new Error('the table')
    await expect(does({ action: 'join', room: 'lobby' }, deps)).rejects.toThrow('the table')
  })
})

describe('a join that is announced', () => {
  const JOIN = { action: 'join', room: 'lobby', announce: true } as const
  const joined = (more = {}) => ({
    frame: JSON.stringify({
      type: 'joined',
      id: 'message-1',
      group: 'room lobby',
      connectionId: 'Sender=',
      ...more,
    }),
    audience: { group: 'room lobby' },
    except: 'Sender=',
    sinceMs: NOW_MS,
  })

  it('is told to the others in the room through the queue, once it is in', async () => {
    const deps = new FakeDelivery()
    const { send } = deps.queue
    deps.queue.send = async (bodies) => {
      expect(groupsOf(deps)).toEqual(['room lobby'])
      await send(bodies)
    }
    expect(await does(JOIN, deps)).toEqual({ type: 'ack', ...LOBBY })
    expect(deps.queue.messages).toEqual([{ job: joined(), delaySeconds: 0 }])
    expect(deps.posts).toEqual([])
  })

  it('says whose connection it is where somebody vouched for that', async () => {
    const deps = new FakeDelivery()
    await does(JOIN, deps, { ...SENDER, user: 'alice' })
    expect(deps.queue.jobs).toEqual([joined({ user: 'alice' })])
  })

  it('has one id however often it comes, because nobody knows whether it was told', async () => {
    const deps = new FakeDelivery()
    const ids = ['first', 'second']
    deps.newMessageId = () => ids.shift() ?? 'third'
    deps.queue.error = new Error('the queue')
    await expect(does(JOIN, deps)).rejects.toThrow('the queue')
    deps.queue.error = undefined
    await does(JOIN, deps)
    await does(JOIN, deps)
    expect(deps.queue.jobs).toEqual([joined({ id: 'first' }), joined({ id: 'first' })])
    expect(deps.memberships.items).toMatchObject([{ announcement: 'first' }])
  })

  it('may follow on one that was not', async () => {
    const deps = new FakeDelivery()
    await does({ action: 'join', room: 'lobby' }, deps)
    await does(JOIN, deps)
    expect(deps.queue.jobs).toEqual([joined()])
    expect(deps.memberships.items).toMatchObject([{ announcement: 'message-1' }])
  })

  it('stays announced when a join follows that is not, and that tells nobody', async () => {
    const deps = new FakeDelivery()
    await does(JOIN, deps)
    await does({ action: 'join', room: 'lobby', announce: false }, deps)
    expect(deps.queue.jobs).toHaveLength(1)
    expect(deps.memberships.items).toMatchObject([{ announcement: 'message-1' }])
  })
})

describe('the number of rooms', () => {
  const joinAll = async (deps: FakeDelivery, count: number, sender: Sender): Promise<void> => {
    for (const room of someIds(count, 'room')) await does({ action: 'join', room }, deps, sender)
  }

  it.each([{ sender: SENDER }, { sender: { ...SENDER, user: 'alice' } }])(
    'is 50 at most, of $sender',
    async ({ sender }) => {
      const deps = new FakeDelivery()
      // As $connect puts it in: that is no room.
      if ('user' in sender) deps.memberships.put('user alice', 'Sender=')
      await joinAll(deps, 50, sender)
      const oneMore = does({ action: 'join', room: 'one more' }, deps, sender)
      await expect(oneMore).rejects.toMatchObject({
        code: 'BAD_MESSAGE',
        message: 'room: expected at most 50 rooms at a time; leave one first',
      })
      expect(groupsOf(deps)).not.toContain('room one more')
    },
  )

  it('lets a room be joined anew that it is in, and another when one is left', async () => {
    const deps = new FakeDelivery()
    await joinAll(deps, 50, SENDER)
    await does({ action: 'join', room: 'room-7' }, deps)
    await does({ action: 'leave', room: 'room-7' }, deps)
    await does({ action: 'join', room: 'one more' }, deps)
    expect(groupsOf(deps)).toHaveLength(50)
  })

  it('is that of one connection', async () => {
    const deps = new FakeDelivery()
    await joinAll(deps, 50, { connectionId: 'Other=' })
    expect(await does({ action: 'join', room: 'lobby' }, deps)).toMatchObject({ type: 'ack' })
  })
})

describe('leaving a room', () => {
  it('takes this connection out of this room alone', async () => {
    const deps = new FakeDelivery()
    deps.memberships.put('room lobby', 'Sender=', 'Other=')
    deps.memberships.put('room cellar', 'Sender=')
    const ack = await does({ action: 'leave', id: '7', room: 'lobby' }, deps)
    expect(ack).toEqual({ type: 'ack', re: '7', ...LOBBY })
    expect(deps.memberships.of('room lobby')).toEqual(['Other='])
    expect(deps.memberships.of('room cellar')).toEqual(['Sender='])
    expect(deps.queue.jobs).toEqual([])
  })

  it('twice, or without having joined, is acknowledged and tells nobody', async () => {
    const deps = new FakeDelivery()
    await does({ action: 'join', room: 'lobby', announce: true }, deps)
    for (const room of ['lobby', 'lobby', 'cellar']) {
      expect(await does({ action: 'leave', room }, deps)).toMatchObject({ type: 'ack', room })
    }
    expect(deps.queue.frames).toEqual([
      expect.objectContaining({ type: 'joined' }),
      { type: 'left', id: 'message-1-left', group: 'room lobby', connectionId: 'Sender=' },
    ])
  })

  it('and joining again is a new announcement', async () => {
    const deps = new FakeDelivery()
    const ids = ['first', 'second']
    deps.newMessageId = () => ids.shift() ?? 'third'
    for (const action of ['join', 'leave', 'join', 'leave'] as const) {
      const announce = action === 'join' ? { announce: true } : {}
      await does({ action, room: 'lobby', ...announce }, deps)
    }
    expect(deps.queue.frames).toMatchObject([
      { id: 'first' },
      { id: 'first-left' },
      { id: 'second' },
      { id: 'second-left' },
    ])
  })
})

describe('the members of a room', () => {
  const MEMBERS = { action: 'members', room: 'lobby' } as const

  it('are the connections in it, the asker too if it is', async () => {
    const deps = new FakeDelivery()
    deps.memberships.put('room lobby', 'Sender=', 'Other=')
    deps.memberships.put('room cellar', 'Third=')
    expect(await does({ ...MEMBERS, id: '7' }, deps)).toEqual({
      type: 'members',
      re: '7',
      room: 'lobby',
      connectionIds: ['Sender=', 'Other='],
    })
  })

  it('of a room that nobody is in are none', async () => {
    const reply = await does(MEMBERS, new FakeDelivery())
    expect(reply).toEqual({ type: 'members', room: 'lobby', connectionIds: [] })
  })

  it('come by a thousand at a time, and the next ones where those ended', async () => {
    const deps = new FakeDelivery()
    const ids = someIds(1_001)
    deps.memberships.put('room lobby', ...ids)
    const first = await does(MEMBERS, deps)
    expect(first).toMatchObject({ connectionIds: ids.slice(0, 1_000), next: 'id-999' })
    const second = await does({ ...MEMBERS, after: 'id-999' }, deps)
    expect(second).toEqual({ type: 'members', room: 'lobby', connectionIds: ['id-1000'] })
    expect(deps.memberships.reads).toEqual([
      { group: 'room lobby', after: undefined, limit: 1_000 },
      { group: 'room lobby', after: 'id-999', limit: 1_000 },
    ])
  })
})

describe('leave for a room', () => {
  const listed = { ...SENDER, user: 'alice', rooms: ['lobby'] }

  it.each(['join', 'members'] as const)('is needed to %s', async (action) => {
    const deps = new FakeDelivery()
    deps.roomsAreListed = true
    await does({ action, room: 'lobby' }, deps, listed)
    const before = deps.memberships.items
    await expect(does({ action, room: 'cellar' }, deps, listed)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { room: 'cellar' },
    })
    expect(deps.memberships.items).toEqual(before)
    expect(deps.memberships.reads.map(({ group }) => group)).not.toContain('room cellar')
  })

  it('is not needed to get out of it', async () => {
    const deps = new FakeDelivery()
    deps.roomsAreListed = true
    deps.memberships.put('room cellar', 'Sender=')
    await does({ action: 'leave', room: 'cellar' }, deps, listed)
    expect(deps.memberships.items).toEqual([])
  })

  it('is needed to leave it, by who is not in it and would only learn its group', async () => {
    const deps = new FakeDelivery()
    deps.roomsAreListed = true
    const leaving = does({ action: 'leave', room: 'cellar' }, deps, listed)
    await expect(leaving).rejects.toMatchObject({ code: 'FORBIDDEN', details: { room: 'cellar' } })
    expect(await does({ action: 'leave', room: 'lobby' }, deps, listed)).toMatchObject({ ...LOBBY })
  })
})

function does(command: Command, deps: FakeDelivery, sender: Sender = SENDER): Promise<unknown> {
  return carryOutRoom(command, sender, deps)
}
