import {
  DeleteItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { captureMetrics } from '../support/metric-lines.ts'
import { invoke, replyOf, webSocketEvent } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import {
  item,
  managementApi,
  mockServices,
  NOW_SECONDS,
  postsTo,
} from '../support/mock-services.ts'

const ID = 'L0SM9cOFvHcCIhw='
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

const { dynamoDb, dynamoDbInputs, queued } = mockServices()
const log = captureLog()
const metrics = captureMetrics()

describe.each([
  { name: 'sendmessage', load: async () => (await import('../../lambdas/sendmessage.ts')).handler },
  { name: 'default', load: async () => (await import('../../lambdas/default.ts')).handler },
])('$name', ({ load }) => {
  it('broadcasts to what the table holds and replies with an ack', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: [item(ID), item('Other=')] })
    await using server = await managementApi({ status: 200 })
    const answer = await reply(await load(), '{"action":"sendmessage","id":"7","data":"hi"}')
    const ack = { type: 'ack', re: '7', id: expect.stringMatching(UUID), sent: 2, gone: 0 }
    expect(answer).toEqual({ ...ack, failed: 0 })
    // One more than may be pushed to at once.
    expect(dynamoDbInputs()).toEqual([expect.objectContaining({ Limit: 3 })])
    expect(metrics.lines).toEqual([expect.objectContaining({ FunctionName: 'Handler', Sent: 2 })])
    const { id } = Object(answer)
    const frame = JSON.stringify({ type: 'message', id, from: ID, to: 'everyone', data: 'hi' })
    expect(postsTo(server)).toEqual([
      { path: '/prod/@connections/L0SM9cOFvHcCIhw%3D', body: frame },
      { path: '/prod/@connections/Other%3D', body: frame },
    ])
  })

  it.each([
    { id: '0b5c1a9e-3f57-4d0e-9a43-6f1f2f9e7c11', distinct: 1 },
    { id: 'my own', distinct: 2 },
  ])('pushes what is sent twice as $id under $distinct ids', async ({ id, distinct }) => {
    await using server = await managementApi({ status: 200 })
    const handler = await load()
    const body = JSON.stringify({ action: 'sendmessage', id, to: 'Other=', data: 'hi' })
    const acks = [await reply(handler, body), await reply(handler, body)]
    const ids = acks.map((ack): unknown => {
      const { id: messageId } = Object(ack)
      return messageId
    })
    expect(new Set(ids).size).toBe(distinct)
    const posted = server.requests.map(({ body: frame }): unknown => JSON.parse(frame))
    expect(posted).toMatchObject(ids.map((messageId) => ({ id: messageId })))
  })

  it('removes who is gone', async () => {
    await using _server = await managementApi({ status: 410 })
    dynamoDb
      .on(ScanCommand)
      .resolves({ Items: [item('Gone=')] })
      .on(DeleteItemCommand)
      .resolves({})
      .on(QueryCommand)
      .resolves({ Items: [{ group: { S: 'group' }, ...item('Gone=') }] })
    expect(await reply(await load(), 'BROADCAST:hi')).toMatchObject({ sent: 0, gone: 1 })
    expect(dynamoDb.commandCalls(DeleteItemCommand).map(({ args }) => args[0].input)).toEqual([
      expect.objectContaining({ Key: { connectionId: { S: 'Gone=' } } }),
      { TableName: 'Memberships', Key: { group: { S: 'group' }, ...item('Gone=') } },
    ])
    expect(log.lines).toEqual([])
  })

  it('queues a message to more than it may push to at once', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: ['A=', 'B=', 'C='].map(item) })
    await using server = await managementApi({ status: 200 })
    const answer = await reply(await load(), '{"action":"sendmessage","data":"hi","echo":false}')
    expect(answer).toEqual({ type: 'ack', id: expect.stringMatching(UUID), queued: true })
    expect(server.requests).toEqual([])
    const frame = expect.stringContaining('"data":"hi"')
    expect(queued()).toEqual([
      {
        queue: 'jobs',
        job: { frame, audience: 'everyone', except: ID, sinceMs: Date.now() },
        delaySeconds: 0,
      },
    ])
    expect(metrics.lines).toEqual([expect.objectContaining({ Queued: 1 })])
  })

  it('pushes nothing that it could not end in its time', async () => {
    await using server = await managementApi({ status: 200 })
    const handler = await load()
    for (const [milliseconds, sent] of [
      [6_000, 0],
      [6_500, 1],
    ] as const) {
      const answer = await reply(handler, 'PRIVATE:Other=:hi', milliseconds)
      expect(answer).toMatchObject({ sent, failed: 1 - sent })
    }
    expect(server.requests).toHaveLength(1)
  })

  it('sends a private message without a call to DynamoDB', async () => {
    await using server = await managementApi({ status: 200 })
    expect(await reply(await load(), 'PRIVATE:Other=:hi')).toMatchObject({ type: 'ack', sent: 1 })
    expect(dynamoDbInputs()).toEqual([])
    expect(postsTo(server)).toEqual([
      { path: '/prod/@connections/Other%3D', body: expect.stringContaining('"hi"') },
    ])
  })

  it('logs a post that failed, once its invocation ends', async () => {
    await using _server = await managementApi({ status: 500 })
    expect(await reply(await load(), 'PRIVATE:Other=:hi')).toMatchObject({ sent: 0, failed: 1 })
    expect(log.lines).toEqual([expect.objectContaining({ event: 'post_failed', status: 500 })])
  })

  it('says who sent a message, as the authorizer vouched for', async () => {
    await using server = await managementApi({ status: 200 })
    const authorizer = { principalId: 'alice', user: 'alice', expiresAt: String(NOW_SECONDS + 5) }
    await invoke(await load(), webSocketEvent(ID, { body: 'PRIVATE:Other=:hi', authorizer }))
    expect(server.requests.map(({ body }): unknown => JSON.parse(body))).toEqual([
      expect.objectContaining({ from: ID, user: 'alice' }),
    ])
  })

  it.each([
    ['hello', 'BAD_MESSAGE'],
    ['', 'BAD_MESSAGE'],
    [undefined, 'BAD_MESSAGE'],
    ['{"action":"fly"}', 'UNKNOWN_ACTION'],
    // Of another function: API Gateway sends it there.
    ['{"action":"join","room":"lobby"}', 'UNKNOWN_ACTION'],
  ])('answers %j with %s and logs nothing', async (body, code) => {
    expect(await reply(await load(), body)).toMatchObject({ type: 'error', code })
    expect(log.lines).toEqual([])
  })

  it('answers a failure with INTERNAL, and logs it', async () => {
    dynamoDb.on(ScanCommand).rejects(new Error('Alice'))
    const answer = await reply(await load(), '{"action":"sendmessage","id":"7","data":"hi"}')
    expect(answer).toMatchObject({ type: 'error', re: '7', code: 'INTERNAL' })
    expect(JSON.stringify([answer, log.lines])).not.toContain('Alice')
    expect(log.lines).toEqual([expect.objectContaining({ event: 'message_failed' })])
  })
})

describe.each([
  { name: 'sendmessage', load: async () => (await import('../../lambdas/sendmessage.ts')).handler },
  { name: 'rooms', load: async () => (await import('../../lambdas/rooms.ts')).handler },
  { name: 'default', load: async () => (await import('../../lambdas/default.ts')).handler },
])('$name at the door', ({ load }) => {
  const NOW_MS = NOW_SECONDS * 1_000 + 999

  it('takes a turn for each frame, and refuses one too many', async () => {
    vi.stubEnv('MESSAGES_PER_SECOND', '10')
    vi.stubEnv('MESSAGE_BURST', '2')
    const handler = await load()
    const codes = []
    for (const arrivalMs of [NOW_MS + 200, NOW_MS + 201]) {
      dynamoDb.on(UpdateItemCommand).resolves({ Attributes: { tat: { N: String(arrivalMs) } } })
      codes.push(await reply(handler, 'hello'))
    }
    expect(codes).toMatchObject([
      { code: 'BAD_MESSAGE' },
      { code: 'RATE_LIMITED', retryAfterMs: 101 },
    ])
    expect(metrics.lines).toMatchObject([{ BadFrames: 1 }, { RateLimited: 1 }])
  })

  it('tells a client whose token has expired, closes its connection, and replies nothing', async () => {
    await using server = await managementApi({ status: 200 })
    const authorizer = { principalId: 'alice', user: 'alice', expiresAt: String(NOW_SECONDS) }
    const event = webSocketEvent(ID, { body: '{"action":"sendmessage","data":1}', authorizer })
    expect(await invoke(await load(), event)).toEqual({ statusCode: 200 })
    const path = '/prod/@connections/L0SM9cOFvHcCIhw%3D'
    expect(server.requests).toMatchObject([
      { method: 'POST', path, body: expect.stringContaining('FORBIDDEN') },
      { method: 'DELETE', path },
    ])
    expect(metrics.lines).toEqual([expect.objectContaining({ ConnectionsClosedByUs: 1 })])
    expect(log.lines).toEqual([])
  })

  it.each([
    { status: 410, logged: [] },
    { status: 403, logged: [expect.objectContaining({ event: 'close_failed', status: 403 })] },
  ])('goes on when closing is answered with $status', async ({ status, logged }) => {
    await using _server = await managementApi({ status })
    const event = webSocketEvent(ID, { authorizer: { expiresAt: '1' } })
    expect(await invoke(await load(), event)).toEqual({ statusCode: 200 })
    const others = log.lines.filter((line) => !JSON.stringify(line).includes('post_failed'))
    expect(others).toEqual(logged)
  })
})

describe('a function without its environment', () => {
  it.each([
    { name: 'CONNECTIONS_TABLE', load: () => import('../../lambdas/connect.ts') },
    { name: 'CONNECTIONS_TABLE', load: () => import('../../lambdas/disconnect.ts') },
    { name: 'MEMBERSHIPS_TABLE', load: () => import('../../lambdas/connect.ts') },
    { name: 'MEMBERSHIPS_TABLE', load: () => import('../../lambdas/disconnect.ts') },
    { name: 'MEMBERSHIPS_TABLE', load: () => import('../../lambdas/rooms.ts') },
    { name: 'MEMBERSHIPS_TABLE', load: () => import('../../lambdas/deliver.ts') },
    { name: 'DELIVERY_QUEUE_URL', load: () => import('../../lambdas/disconnect.ts') },
    { name: 'CONNECTIONS_TABLE', load: () => import('../../lambdas/default.ts') },
    { name: 'CALLBACK_URL', load: () => import('../../lambdas/sendmessage.ts') },
    { name: 'DELIVERY_QUEUE_URL', load: () => import('../../lambdas/sendmessage.ts') },
    { name: 'INLINE_LIMIT', load: () => import('../../lambdas/default.ts') },
    { name: 'POSTS_PER_SECOND', load: () => import('../../lambdas/default.ts') },
    { name: 'DEAD_LETTER_QUEUE_URL', load: () => import('../../lambdas/deliver.ts') },
    { name: 'CHUNK_SIZE', load: () => import('../../lambdas/deliver.ts') },
  ])('does not start, and names $name', async ({ name, load }) => {
    vi.stubEnv(name, '')
    await expect(load()).rejects.toThrow(`the environment variable ${name} is missing`)
  })
})

function reply(
  handler: Parameters<typeof invoke>[0],
  body?: string,
  remainingMs?: number,
): Promise<unknown> {
  return replyOf(handler, webSocketEvent(ID, body === undefined ? {} : { body }), remainingMs)
}
