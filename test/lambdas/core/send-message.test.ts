import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../lambdas/core/delivery.ts'
import { carryOutSend } from '../../../lambdas/core/send-message.ts'
import type { Sender } from '../../../lambdas/core/sender.ts'
import type { SendMessage } from '../../../protocol/messages.ts'
import { FakeDelivery, NEVER_MS, NOW_MS } from '../../support/fake-delivery.ts'

// What is sent to everyone or to one connection, on-message.test.ts tells.

const SENDER = { connectionId: 'Sender=' }
const TIMES_FOUR = (outcome: Outcome): Outcome[] => Array.from({ length: 4 }, () => outcome)

const ROOM = { to: { room: 'lobby' }, group: 'room lobby', shown: { room: 'lobby' } } as const
const USER = { to: { user: 'alice' }, group: 'user alice', shown: 'you' } as const

/** With these in the group of a room and of a user, and a table of all that must not be read. */
function deliveryTo(members: readonly string[], outcomes = {}): FakeDelivery {
  const deps = new FakeDelivery([new Error('the table of all connections')], outcomes)
  for (const { group } of [ROOM, USER]) deps.memberships.put(group, ...members)
  deps.memberships.put('room cellar', 'Stranger=')
  deps.memberships.put('user bob', 'Stranger=')
  return deps
}

describe.each([ROOM, USER])('a message to $to', ({ to, group, shown }) => {
  it('reaches each connection in its group, the sender too if it is there', async () => {
    const deps = deliveryTo(['Sender=', 'a', 'b'])
    const ack = await send({ id: '7', to, data: 'hi' }, deps)
    expect(ack).toEqual({ type: 'ack', re: '7', id: 'message-1', sent: 3, gone: 0, failed: 0 })
    expect(deps.recipients.toSorted()).toEqual(['Sender=', 'a', 'b'].toSorted())
    const frame = { type: 'message', id: 'message-1', from: 'Sender=', to: shown, data: 'hi' }
    expect(framesOf(deps)).toEqual([frame, frame, frame])
  })

  it('says who sent it, where somebody vouched for that', async () => {
    const deps = deliveryTo(['a'])
    await send({ to, data: 'hi' }, deps, { ...SENDER, user: 'carol' })
    expect(framesOf(deps)).toMatchObject([{ from: 'Sender=', user: 'carol' }])
  })

  it('leaves the sender out without its echo', async () => {
    const deps = deliveryTo(['Sender=', 'a'])
    expect(await send({ to, data: 'hi', echo: false }, deps)).toMatchObject({ sent: 1 })
    expect(deps.recipients).toEqual(['a'])
  })

  it('counts what is gone and what failed, and takes out who is gone', async () => {
    const deps = deliveryTo(['a', 'b', 'c', 'd', 'e'], {
      a: ['gone'],
      b: ['failed'],
      c: TIMES_FOUR('throttled'),
      d: TIMES_FOUR('unavailable'),
    })
    expect(await send({ to, data: 'hi' }, deps)).toMatchObject({ sent: 1, gone: 1, failed: 3 })
    expect(deps.connections.pruned).toEqual(['a'])
    expect(deps.memberships.of(group)).toEqual(['b', 'c', 'd', 'e'])
    expect(deps.measured).toEqual([
      'room' in to ? { toRoom: 1 } : { toUser: 1 },
      { sent: 1, gone: 1, throttled: 1, unavailable: 1, failed: 1 },
      { fanOutMs: expect.any(Number) },
    ])
  })

  it.each([
    { members: 3, queued: false },
    { members: 4, queued: true },
  ])('goes behind the queue with $members members and a limit of 3: $queued', async (row) => {
    const deps = deliveryTo(['Sender=', 'a', 'b', 'c'].slice(0, row.members))
    deps.inlineLimit = 3
    const ack = await send({ to, data: 'hi', echo: false }, deps)
    expect(deps.memberships.reads).toEqual([{ group, after: undefined, limit: 4 }])
    if (!row.queued) {
      expect(ack).toMatchObject({ sent: 2 })
      return
    }
    expect(ack).toEqual({ type: 'ack', id: 'message-1', queued: true })
    expect(deps.posts).toEqual([])
    expect(deps.queue.jobs).toEqual([
      { frame: expect.any(String), audience: { group }, except: 'Sender=', sinceMs: NOW_MS },
    ])
    expect(deps.queue.frames).toMatchObject([{ to: shown, data: 'hi' }])
  })

  it('has until the deadline', async () => {
    const command = { action: 'sendmessage', to, data: 'hi' } as const
    const ack = await carryOutSend(command, SENDER, NOW_MS, deliveryTo(['a']))
    expect(ack).toMatchObject({ sent: 0, failed: 1 })
  })

  it('has the same message id when it is sent again by a UUID', async () => {
    const id = '0b5c1a9e-3f57-4d0e-9a43-6f1f2f9e7c11'
    const deps = deliveryTo(['a'])
    const first = await send({ id, to, data: 'hi' }, deps)
    expect(await send({ id, to, data: 'hi' }, deps)).toEqual(first)
    expect(first).not.toMatchObject({ id: 'message-1' })
  })

  it('throws when the table fails', async () => {
    const deps = deliveryTo(['a'])
    deps.memberships.error = new Error('the table')
    await expect(send({ to, data: 'hi' }, deps)).rejects.toThrow('the table')
  })

  it('is refused when it is too large, before anything is read', async () => {
    const deps = deliveryTo(['a'])
    const sent = send({ to, data: 'x'.repeat(131_072) }, deps)
    await expect(sent).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(deps.memberships.reads).toEqual([])
  })
})

describe('a message to a room', () => {
  it('that nobody is in is acknowledged', async () => {
    const ack = await send({ to: ROOM.to, data: 'hi' }, deliveryTo([]))
    expect(ack).toEqual({ type: 'ack', id: 'message-1', sent: 0, gone: 0, failed: 0 })
  })

  it('may come from one who is not in it', async () => {
    const deps = deliveryTo(['a'])
    expect(await send({ to: ROOM.to, data: 'hi' }, deps)).toMatchObject({ sent: 1 })
  })

  it('is nothing for one whose token does not list it, and nothing is read', async () => {
    const deps = deliveryTo(['a'])
    deps.roomsAreListed = true
    const sender = { ...SENDER, user: 'carol', rooms: ['cellar', 'team-*'] }
    const sent = send({ to: ROOM.to, data: 'hi' }, deps, sender)
    await expect(sent).rejects.toMatchObject({ code: 'FORBIDDEN', details: { room: 'lobby' } })
    expect([deps.memberships.reads, deps.measured]).toEqual([[], []])
    expect(await send({ to: { room: 'team-7' }, data: 'hi' }, deps, sender)).toMatchObject({
      sent: 0,
    })
  })
})

describe('a message to a user', () => {
  const message = { to: USER.to, data: 'hi' }

  it.each([
    { name: 'is nowhere', members: [], outcomes: {} },
    { name: 'has left everywhere', members: ['a', 'b'], outcomes: { a: ['gone'], b: ['gone'] } },
  ])('who $name is answered with NOT_CONNECTED, which names it', async (row) => {
    const deps = deliveryTo(row.members, row.outcomes)
    await expect(send(message, deps)).rejects.toMatchObject({
      code: 'NOT_CONNECTED',
      message: 'alice is not connected',
    })
    expect(deps.memberships.of(USER.group)).toEqual([])
  })

  it('who is there, but cannot be reached now, is acknowledged as failed', async () => {
    const deps = deliveryTo(['a', 'b'], { a: ['gone'], b: ['failed'] })
    expect(await send(message, deps)).toMatchObject({ sent: 0, gone: 1, failed: 1 })
  })

  it('from its one connection without an echo has nobody to go to, though it is connected', async () => {
    const deps = deliveryTo(['Sender='])
    const ack = await send({ ...message, echo: false }, deps, { ...SENDER, user: 'alice' })
    expect(ack).toMatchObject({ type: 'ack', sent: 0, gone: 0, failed: 0 })
    expect(deps.memberships.of(USER.group)).toEqual(['Sender='])
  })

  it('is nothing for one that nobody vouched for, where there are users', async () => {
    const deps = deliveryTo(['a'])
    deps.hasUsers = true
    await expect(send(message, deps)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      details: { user: 'alice' },
    })
    expect(deps.memberships.reads).toEqual([])
    expect(await send(message, deps, { ...SENDER, user: 'carol' })).toMatchObject({ sent: 1 })
  })
})

it.each([
  { action: 'join', room: 'lobby' },
  { action: 'leave', room: 'lobby' },
  { action: 'members', room: 'lobby' },
] as const)('$action is no message', async (command) => {
  const sent = carryOutSend(command, SENDER, NEVER_MS, deliveryTo([]))
  await expect(sent).rejects.toMatchObject({ code: 'UNKNOWN_ACTION' })
})

function send(
  fields: Omit<SendMessage, 'action'>,
  deps: FakeDelivery,
  sender: Sender = SENDER,
): Promise<unknown> {
  return carryOutSend({ action: 'sendmessage', ...fields }, sender, NEVER_MS, deps)
}

function framesOf(deps: FakeDelivery): unknown[] {
  return deps.posts.map(({ frame }): unknown => JSON.parse(frame))
}
