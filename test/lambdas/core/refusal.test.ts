import { describe, expect, it } from 'vitest'
import { onMessage } from '../../../lambdas/core/on-message.ts'
import type { Sender } from '../../../lambdas/core/sender.ts'
import { FakeDelivery, NEVER_MS, NOW_MS } from '../../support/fake-delivery.ts'

const SENDER = 'Sender='
const BODY = JSON.stringify({ action: 'sendmessage', id: '7', data: 'hi' })
const EXPIRED = {
  type: 'error',
  re: '7',
  code: 'FORBIDDEN',
  message: 'your token has expired: connect with a new one',
}

function limited(messagesPerSecond = 10, burst = 2): FakeDelivery {
  const deps = new FakeDelivery([[SENDER]])
  deps.rateLimit = { messagesPerSecond, burst }
  deps.turns.arrivals.set(SENDER, NOW_MS)
  return deps
}

function send(deps: FakeDelivery, body = BODY, sender: Sender = { connectionId: SENDER }) {
  return onMessage(body, sender, NEVER_MS, deps)
}

describe('a frame over the rate limit', () => {
  it('is answered with RATE_LIMITED and the time to wait, and nothing comes of it', async () => {
    const deps = limited()
    for (const _ of [1, 2]) expect(await send(deps)).toMatchObject({ type: 'ack' })
    deps.posts.length = 0
    expect(await send(deps)).toEqual({
      type: 'error',
      re: '7',
      code: 'RATE_LIMITED',
      message: 'too many messages: wait for 200 ms',
      retryAfterMs: 200,
    })
    expect(deps.posts).toEqual([])
    expect(deps.connections.reads).toHaveLength(2)
    expect(deps.measured.at(-1)).toEqual({ rateLimited: 1 })
    expect(deps.disconnected).toEqual([])
    expect(deps.turns.taken.at(-1)).toEqual({
      connectionId: SENDER,
      nowMs: NOW_MS,
      intervalMs: 100,
    })
  })

  it.each(['no JSON', '{"action":"fly"}', '[]', 'PRIVATE:'])(
    'counts whatever it holds: %s',
    async (body) => {
      const deps = limited()
      for (const _ of [1, 2]) expect(await send(deps, body)).not.toHaveProperty('retryAfterMs')
      expect(await send(deps, body)).toMatchObject({ code: 'RATE_LIMITED' })
    },
  )

  it('disconnects who goes on, after it has been told why', async () => {
    const deps = limited(1, 1)
    const replies = []
    for (let count = 0; count < 32; count += 1) {
      deps.posts.length = 0
      replies.push(await send(deps))
    }
    const silent = replies.flatMap((reply, index) => (reply ? [] : [index + 1]))
    expect(silent).toEqual([31])
    expect(deps.disconnected).toEqual([{ connectionId: SENDER, posts: 1 }])
    expect(deps.measured).toContainEqual({ closedByUs: 1 })
  })

  it('tells who is disconnected for it what was expected', async () => {
    const deps = limited(1, 1)
    deps.turns.arrivals.set(SENDER, NOW_MS + 30_000)
    expect(await send(deps)).toBeUndefined()
    expect(
      deps.posts.map(({ connectionId, frame }): unknown[] => [connectionId, JSON.parse(frame)]),
    ).toEqual([
      [
        SENDER,
        {
          type: 'error',
          re: '7',
          code: 'RATE_LIMITED',
          message:
            'far too many messages: expected at most 1 a second, 1 at once; connect again and send less',
        },
      ],
    ])
  })

  it('of a connection that is not listed any more is FORBIDDEN, and closes it', async () => {
    const deps = limited()
    deps.turns.arrivals.clear()
    expect(await send(deps)).toBeUndefined()
    expect(deps.posts.map(({ frame }): unknown => JSON.parse(frame))).toEqual([
      {
        type: 'error',
        re: '7',
        code: 'FORBIDDEN',
        message: 'this connection has ended: connect again',
      },
    ])
    expect(deps.disconnected).toEqual([{ connectionId: SENDER, posts: 1 }])
  })

  it('closes nothing when the connection is gone already', async () => {
    const deps = new FakeDelivery([[]], { [SENDER]: ['gone'] })
    deps.rateLimit = { messagesPerSecond: 10, burst: 2 }
    expect(await send(deps)).toBeUndefined()
    expect(deps.posts).toHaveLength(1)
    expect(deps.disconnected).toEqual([])
    expect(deps.measured).toEqual([])
  })

  it('is let in by nobody when the table fails: INTERNAL, and a report', async () => {
    const deps = limited()
    const error = new Error('throttled')
    deps.turns.error = error
    expect(await send(deps)).toMatchObject({ re: '7', code: 'INTERNAL' })
    expect(deps.reports).toEqual([{ event: 'message_failed', error }])
    expect(deps.posts).toEqual([])
  })

  it('is none where there is no limit, and no turn is taken', async () => {
    const deps = new FakeDelivery([[SENDER]])
    for (let count = 0; count < 50; count += 1) {
      expect(await send(deps)).toMatchObject({ type: 'ack' })
    }
    expect(deps.turns.taken).toEqual([])
  })
})

describe('a frame of somebody whose token has expired', () => {
  const SECONDS = NOW_MS / 1_000

  it.each(['{"action":"sendmessage","id":"7","data":1}', '{"id":"7"}'])(
    'is FORBIDDEN and closes the connection, before anything else is looked at: %s',
    async (body) => {
      const deps = limited()
      const sender = { connectionId: SENDER, user: 'alice', expiresAt: SECONDS }
      expect(await send(deps, body, sender)).toBeUndefined()
      expect(deps.posts.map(({ frame }): unknown => JSON.parse(frame))).toEqual([EXPIRED])
      expect(deps.disconnected).toEqual([{ connectionId: SENDER, posts: 1 }])
      expect(deps.turns.taken).toEqual([])
    },
  )

  it('is let in to the last moment, and says who sent it', async () => {
    const deps = limited()
    const sender = { connectionId: SENDER, user: 'alice', expiresAt: SECONDS + 0.001 }
    expect(await send(deps, BODY, sender)).toMatchObject({ type: 'ack', sent: 1 })
    expect(deps.posts.map(({ frame }): unknown => JSON.parse(frame))).toEqual([
      { type: 'message', id: 'message-1', from: SENDER, user: 'alice', to: 'everyone', data: 'hi' },
    ])
  })

  it('cannot be saved by what the client says of itself', async () => {
    const deps = limited()
    const body = JSON.stringify({ action: 'sendmessage', data: 1, user: 'alice' })
    expect(await send(deps, body)).toMatchObject({ code: 'BAD_MESSAGE' })
    await send(deps, JSON.stringify({ action: 'sendmessage', data: { user: 'alice' } }))
    expect(JSON.parse(deps.posts[0]?.frame ?? '')).not.toHaveProperty('user')
  })
})
