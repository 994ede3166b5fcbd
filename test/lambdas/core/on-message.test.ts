import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../lambdas/core/delivery.ts'
import { onMessage } from '../../../lambdas/core/on-message.ts'
import type { ServerMessage } from '../../../protocol/messages.ts'
import { FakeDelivery, NEVER_MS, NOW_MS, someIds } from '../../support/fake-delivery.ts'

const SENDER = 'Sender='
const FROM = { connectionId: SENDER }
const MAX_MESSAGE_BYTES = 131_072

const TIMES_FOUR = (outcome: Outcome): Outcome[] => Array.from({ length: 4 }, () => outcome)

/** A table that must not be read. */
const NO_TABLE = [new Error('the table was read')]

describe('a message to everyone', () => {
  it('reaches every connection, the sender too, and is acknowledged', async () => {
    const deps = new FakeDelivery([[SENDER, 'a', 'b']])
    const reply = await send({ data: { text: 'hi' } }, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 3, gone: 0, failed: 0 })
    expect(deps.recipients.toSorted()).toEqual([SENDER, 'a', 'b'].toSorted())
    expect(frames(deps)).toEqual(
      Array.from({ length: 3 }, () => ({
        type: 'message',
        id: 'message-1',
        from: SENDER,
        to: 'everyone',
        data: { text: 'hi' },
      })),
    )
  })

  it.each([
    { echo: true, recipients: [SENDER, 'a'] },
    { echo: false, recipients: ['a'] },
  ])('with echo $echo goes to $recipients', async ({ echo, recipients }) => {
    const deps = new FakeDelivery([[SENDER, 'a']])
    const reply = await send({ data: 'hi', echo }, deps)
    expect(reply).toMatchObject({ type: 'ack', sent: recipients.length })
    expect(deps.recipients).toEqual(recipients)
  })

  it('counts what is gone and what failed', async () => {
    const deps = new FakeDelivery([['a', 'b', 'c', 'd', 'e']], {
      a: ['gone'],
      b: ['failed'],
      c: TIMES_FOUR('throttled'),
      d: TIMES_FOUR('unavailable'),
    })
    const reply = await send({ data: 'hi' }, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 1, gone: 1, failed: 3 })
    expect(deps.measured).toEqual([
      { toEveryone: 1 },
      { sent: 1, gone: 1, throttled: 1, unavailable: 1, failed: 1 },
      { fanOutMs: expect.any(Number) },
    ])
    expect(deps.connections.pruned).toEqual(['a'])
  })

  it('removes the sender when it has left meanwhile', async () => {
    const deps = new FakeDelivery([[SENDER, 'a']], { [SENDER]: ['gone'] })
    expect(await send({ data: 'hi' }, deps)).toMatchObject({ sent: 1, gone: 1 })
    expect(deps.connections.pruned).toEqual([SENDER])
  })

  it('may be the text form', async () => {
    const deps = new FakeDelivery([['a']])
    const reply = await onMessage('BROADCAST:a:b', FROM, NEVER_MS, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 1, gone: 0, failed: 0 })
    expect(frames(deps)).toEqual([expect.objectContaining({ to: 'everyone', data: 'a:b' })])
  })
})

describe('a message to many', () => {
  const QUEUED = { type: 'ack', id: 'message-1', queued: true }
  const frame = JSON.stringify({
    type: 'message',
    id: 'message-1',
    from: SENDER,
    to: 'everyone',
    data: 'hi',
  })

  it.each([
    { limit: 3, recipients: 2, queued: false },
    { limit: 3, recipients: 3, queued: false },
    { limit: 3, recipients: 4, queued: true },
    { limit: 3, recipients: 5, queued: true },
    { limit: 0, recipients: 0, queued: false },
    { limit: 0, recipients: 1, queued: true },
  ])('goes to $recipients behind the queue with a limit of $limit: $queued', async (row) => {
    const deps = new FakeDelivery([someIds(row.recipients)])
    deps.inlineLimit = row.limit
    const reply = await send({ data: 'hi' }, deps)
    const ack = { type: 'ack', id: 'message-1', sent: row.recipients, gone: 0, failed: 0 }
    expect(reply).toEqual(row.queued ? QUEUED : ack)
    expect(deps.queue.jobs).toEqual(
      row.queued ? [{ frame, audience: 'everyone', sinceMs: NOW_MS }] : [],
    )
    expect(deps.posts).toHaveLength(row.queued ? 0 : row.recipients)
    expect(deps.connections.reads).toEqual([{ after: undefined, limit: row.limit + 1 }])
  })

  it('goes behind the queue when there may be more than what one page has', async () => {
    const deps = new FakeDelivery([[], ['a']])
    expect(await send({ id: '7', data: 'hi' }, deps)).toEqual({ ...QUEUED, re: '7' })
    expect(deps.connections.reads).toHaveLength(1)
  })

  it('leaves the sender out there too, and is counted once', async () => {
    const deps = new FakeDelivery([['a', 'b']])
    deps.inlineLimit = 1
    expect(await send({ data: 'hi', echo: false }, deps)).toEqual(QUEUED)
    expect(deps.queue.messages).toEqual([
      { job: { frame, audience: 'everyone', except: SENDER, sinceMs: NOW_MS }, delaySeconds: 0 },
    ])
    expect(deps.measured).toEqual([{ toEveryone: 1 }, { queued: 1 }])
  })

  it('that cannot be queued is answered with INTERNAL, and is reported', async () => {
    const deps = new FakeDelivery([['a', 'b']])
    deps.inlineLimit = 1
    const error = new Error('the queue')
    deps.queue.error = error
    expect(await send({ data: 'hi' }, deps)).toMatchObject({ type: 'error', code: 'INTERNAL' })
    expect(deps.reports).toEqual([{ event: 'message_failed', error }])
    expect(deps.measured).toEqual([{ toEveryone: 1 }, { internalErrors: 1 }])
  })

  it('has until the deadline when it is not queued', async () => {
    const deps = new FakeDelivery([['a', 'b']])
    const body = JSON.stringify({ action: 'sendmessage', data: 'hi' })
    const reply = await onMessage(body, FROM, NOW_MS, deps)
    expect(reply).toMatchObject({ type: 'ack', sent: 0, failed: 2 })
  })
})

describe('a private message', () => {
  it.each([
    { body: JSON.stringify({ action: 'sendmessage', to: 'Target=', data: 'hi' }) },
    { body: 'PRIVATE:Target=:hi' },
  ])('reaches its target alone, without a read of the table: $body', async ({ body }) => {
    const deps = new FakeDelivery(NO_TABLE)
    const reply = await onMessage(body, FROM, NEVER_MS, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 1, gone: 0, failed: 0 })
    expect(deps.recipients).toEqual(['Target='])
    expect(frames(deps)).toEqual([
      { type: 'message', id: 'message-1', from: SENDER, to: 'you', data: 'hi' },
    ])
  })

  it('may go to the sender itself, whatever echo says', async () => {
    const deps = new FakeDelivery(NO_TABLE)
    expect(await send({ to: SENDER, data: 'hi', echo: false }, deps)).toMatchObject({ sent: 1 })
    expect(deps.recipients).toEqual([SENDER])
  })

  it('to somebody who is gone is answered with NOT_CONNECTED, which names the target', async () => {
    const deps = new FakeDelivery(NO_TABLE, { 'Target=': ['gone'] })
    expect(await send({ id: '7', to: 'Target=', data: 'hi' }, deps)).toEqual({
      type: 'error',
      re: '7',
      code: 'NOT_CONNECTED',
      message: 'Target= is not connected',
    })
    expect(deps.connections.pruned).toEqual([])
    expect(deps.reports).toEqual([])
  })

  it.each(['throttled', 'unavailable'] as const)('that is %s is tried again', async (how) => {
    const deps = new FakeDelivery(NO_TABLE, { 'Target=': [how, how, how] })
    expect(await send({ to: 'Target=', data: 'hi' }, deps)).toMatchObject({ sent: 1, failed: 0 })
    expect(deps.recipients).toHaveLength(4)
  })

  it('is told to the metrics, which know nothing of the target', async () => {
    const deps = new FakeDelivery(NO_TABLE, { 'Target=': ['gone'] })
    await send({ to: 'Target=', data: 'hi' }, deps)
    expect(deps.measured).toEqual([
      { toOne: 1 },
      { sent: 0, gone: 1, throttled: 0, unavailable: 0, failed: 0 },
    ])
  })

  it('has until the deadline', async () => {
    const deps = new FakeDelivery(NO_TABLE)
    const body = 'PRIVATE:Target=:hi'
    expect(await onMessage(body, FROM, NOW_MS, deps)).toMatchObject({ sent: 0, failed: 1 })
    expect(await onMessage(body, FROM, NOW_MS + 1, deps)).toMatchObject({ sent: 1, failed: 0 })
  })

  it.each([
    { how: 'failed', list: ['failed'] },
    { how: 'throttled', list: TIMES_FOUR('throttled') },
    { how: 'unavailable', list: TIMES_FOUR('unavailable') },
  ] as const)('that is $how is acknowledged as failed', async ({ list }) => {
    const deps = new FakeDelivery(NO_TABLE, { 'Target=': list })
    const reply = await send({ to: 'Target=', data: 'hi' }, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 0, gone: 0, failed: 1 })
  })
})

describe('a message that is sent again', () => {
  const id = '0B5C1A9E-3F57-4D0E-9A43-6F1F2F9E7C11'

  /** From two connections, as after a loss; the second writes the id in lower case. */
  async function sendTwice(users: readonly (string | undefined)[]): Promise<string[]> {
    const ids: string[] = []
    for (const [index, user] of users.entries()) {
      const deps = new FakeDelivery([['a']])
      const sentId = index === 0 ? id : id.toLowerCase()
      const body = JSON.stringify({ action: 'sendmessage', id: sentId, data: 'hi' })
      const sender = { connectionId: `Sender${index}=`, ...(user !== undefined && { user }) }
      const reply = await onMessage(body, sender, NEVER_MS, deps)
      const messageId = reply?.type === 'ack' && 'id' in reply ? reply.id : ''
      expect(reply).toMatchObject({ type: 'ack', re: sentId })
      expect(frames(deps)).toMatchObject([{ id: messageId, from: sender.connectionId }])
      ids.push(messageId)
    }
    return ids
  }

  it.each([{ users: [undefined, undefined] }, { users: ['alice', 'alice'] }])(
    'has the same message id when its id is the same UUID: $users',
    async ({ users }) => {
      const [first, second] = await sendTwice(users)
      expect(second).toBe(first)
      expect(first).not.toBe(id.toLowerCase())
    },
  )

  it.each([{ users: ['alice', 'bob'] }, { users: ['alice', undefined] }])(
    'has another when somebody else sends it: $users',
    async ({ users }) => {
      const [first, second] = await sendTwice(users)
      expect(second).not.toBe(first)
    },
  )
})

describe('the reply', () => {
  it.each([
    { name: 'an ack', fields: { data: 'hi' }, type: 'ack' },
    { name: 'a refused field', fields: { data: 'hi', echo: 1 }, type: 'error' },
    { name: 'an unknown field', fields: { data: 'hi', room: 'r' }, type: 'error' },
    { name: 'a missing field', fields: {}, type: 'error' },
    { name: 'an unknown action', fields: { action: 'fly' }, type: 'error' },
    { name: 'no action', fields: { action: null }, type: 'error' },
    { name: 'too much data', fields: { data: 'x'.repeat(MAX_MESSAGE_BYTES) }, type: 'error' },
  ])('carries the id back with $name', async ({ fields, type }) => {
    const reply = await send({ id: 'abc', ...fields }, new FakeDelivery([[]]))
    expect(reply).toMatchObject({ type, re: 'abc' })
  })

  it.each([
    { name: 'no id', fields: { data: 'hi' } },
    { name: 'no id in what is refused', fields: { data: 'hi', echo: 1 } },
    { name: 'an empty id', fields: { id: '', data: 'hi' } },
    { name: 'an id that is too long', fields: { id: 'x'.repeat(65), data: 'hi' } },
    { name: 'an id that is no string', fields: { id: 7, data: 'hi' } },
  ])('carries nothing back for $name', async ({ fields }) => {
    expect(await send(fields, new FakeDelivery([[]]))).not.toHaveProperty('re')
  })

  it.each(['', 'hello', 'null', '[]', 'PRIVATE:x'])(
    'refuses %j and reports nothing',
    async (body) => {
      const deps = new FakeDelivery(NO_TABLE)
      const reply = await onMessage(body, FROM, NEVER_MS, deps)
      expect(reply).toEqual({ type: 'error', code: 'BAD_MESSAGE', message: expect.any(String) })
      expect(deps.reports).toEqual([])
      expect(deps.posts).toEqual([])
    },
  )
})

describe('a large message', () => {
  /** What `{"type":"message",…,"data":""}` takes around the data. */
  const envelopeBytes = Buffer.byteLength(
    JSON.stringify({ type: 'message', id: 'message-1', from: SENDER, to: 'everyone', data: '' }),
  )
  const room = MAX_MESSAGE_BYTES - envelopeBytes

  it('is sent when its frame has exactly 131,072 bytes', async () => {
    const deps = new FakeDelivery([['a']])
    expect(await send({ data: 'x'.repeat(room) }, deps)).toMatchObject({ type: 'ack', sent: 1 })
    expect(Buffer.byteLength(deps.posts[0]?.frame ?? '')).toBe(MAX_MESSAGE_BYTES)
  })

  it.each([
    { to: undefined, extra: 1 },
    { to: 'Target=', extra: 'everyone'.length - 'you'.length + 1 },
  ])('to $to is refused with one byte more', async ({ to, extra }) => {
    const deps = new FakeDelivery(NO_TABLE)
    const reply = await send({ ...(to && { to }), data: 'x'.repeat(room + extra) }, deps)
    expect(reply).toEqual({
      type: 'error',
      code: 'TOO_LARGE',
      message: `data: the message would have ${MAX_MESSAGE_BYTES + 1} bytes with its envelope, expected at most ${MAX_MESSAGE_BYTES}`,
    })
    expect(deps.posts).toEqual([])
    expect(deps.reports).toEqual([])
  })

  it('is measured in bytes of UTF-8, not in characters', async () => {
    const characters = Math.floor(room / 3)
    const fits = new FakeDelivery([['a']])
    expect(await send({ data: '✓'.repeat(characters) }, fits)).toMatchObject({ type: 'ack' })
    const tooLarge = new FakeDelivery(NO_TABLE)
    const reply = await send({ data: '✓'.repeat(characters + 1) }, tooLarge)
    expect(reply).toMatchObject({ type: 'error', code: 'TOO_LARGE' })
  })
})

describe('an unexpected error', () => {
  it('is answered with INTERNAL, which tells nothing of it, and is reported', async () => {
    const error = new Error('secret: table arn:aws:dynamodb, item of Alice')
    const deps = new FakeDelivery([error])
    expect(await send({ id: '7', data: 'hi' }, deps)).toEqual({
      type: 'error',
      re: '7',
      code: 'INTERNAL',
      message: 'something failed on our side; try again',
    })
    expect(deps.reports).toEqual([{ event: 'message_failed', error }])
  })
})

function send(fields: object, deps: FakeDelivery): Promise<ServerMessage | undefined> {
  const body = JSON.stringify({ action: 'sendmessage', ...fields })
  return onMessage(body, FROM, NEVER_MS, deps)
}

function frames(deps: FakeDelivery): unknown[] {
  return deps.posts.map(({ frame }): unknown => JSON.parse(frame))
}
