import { describe, expect, it } from 'vitest'
import { onMessage } from '../../../lambdas/core/on-message.ts'
import type { ServerMessage } from '../../../protocol/messages.ts'
import { connected, FakeDelivery } from '../../support/fake-delivery.ts'

const SENDER = 'Sender='
const MAX_MESSAGE_BYTES = 131_072

/** A table that must not be read. */
const NO_TABLE = [new Error('the table was read')]

describe('a message to everyone', () => {
  it('reaches every connection, the sender too, and is acknowledged', async () => {
    const deps = new FakeDelivery([[connected(SENDER), connected('a')], [connected('b')]])
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
    const deps = new FakeDelivery([[connected(SENDER), connected('a')]])
    const reply = await send({ data: 'hi', echo }, deps)
    expect(reply).toMatchObject({ type: 'ack', sent: recipients.length })
    expect(deps.recipients).toEqual(recipients)
  })

  it('counts what is gone and what failed', async () => {
    const page = [connected('a'), connected('b'), connected('c'), connected('d')]
    const deps = new FakeDelivery([page], { a: ['gone'], b: ['failed'], c: ['throttled'] })
    const reply = await send({ data: 'hi' }, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 1, gone: 1, failed: 2 })
    expect(deps.removed).toEqual(['a'])
  })

  it('removes the sender when it has left meanwhile', async () => {
    const deps = new FakeDelivery([[connected(SENDER), connected('a')]], { [SENDER]: ['gone'] })
    expect(await send({ data: 'hi' }, deps)).toMatchObject({ sent: 1, gone: 1 })
    expect(deps.removed).toEqual([SENDER])
  })

  it('may be the text form', async () => {
    const deps = new FakeDelivery([[connected('a')]])
    const reply = await onMessage('BROADCAST:a:b', SENDER, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 1, gone: 0, failed: 0 })
    expect(frames(deps)).toEqual([expect.objectContaining({ to: 'everyone', data: 'a:b' })])
  })
})

describe('a private message', () => {
  it.each([
    { body: JSON.stringify({ action: 'sendmessage', to: 'Target=', data: 'hi' }) },
    { body: 'PRIVATE:Target=:hi' },
  ])('reaches its target alone, without a read of the table: $body', async ({ body }) => {
    const deps = new FakeDelivery(NO_TABLE)
    const reply = await onMessage(body, SENDER, deps)
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
    expect(deps.removed).toEqual([])
    expect(deps.reports).toEqual([])
  })

  it.each(['failed', 'throttled'] as const)('that is %s is acknowledged as failed', async (how) => {
    const deps = new FakeDelivery(NO_TABLE, { 'Target=': [how] })
    const reply = await send({ to: 'Target=', data: 'hi' }, deps)
    expect(reply).toEqual({ type: 'ack', id: 'message-1', sent: 0, gone: 0, failed: 1 })
  })
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
      const reply = await onMessage(body, SENDER, deps)
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
    const deps = new FakeDelivery([[connected('a')]])
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
    const fits = new FakeDelivery([[connected('a')]])
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

function send(fields: object, deps: FakeDelivery): Promise<ServerMessage> {
  return onMessage(JSON.stringify({ action: 'sendmessage', ...fields }), SENDER, deps)
}

function frames(deps: FakeDelivery): unknown[] {
  return deps.posts.map(({ frame }): unknown => JSON.parse(frame))
}
