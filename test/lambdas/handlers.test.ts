import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answering, type Answer, type AnsweringServer } from '../support/http-answers.ts'
import { captureMetrics } from '../support/metric-lines.ts'
import { invoke, invokeWithJobs, webSocketEvent } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'

const NOW_SECONDS = 1_767_225_600
const ID = 'L0SM9cOFvHcCIhw='
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

const dynamoDb = mockClient(DynamoDBClient)
const sqs = mockClient(SQSClient)
afterAll(() => {
  dynamoDb.restore()
  sqs.restore()
})
const log = captureLog()
const metrics = captureMetrics()

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_SECONDS * 1_000 + 999, toFake: ['Date'] })
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('CONNECTIONS_TABLE', 'Connections')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('CALLBACK_URL', 'https://api.example/prod')
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'Handler')
  vi.stubEnv('DELIVERY_QUEUE_URL', 'https://sqs.example/jobs')
  vi.stubEnv('DEAD_LETTER_QUEUE_URL', 'https://sqs.example/dead')
  vi.stubEnv('INLINE_LIMIT', '2')
  vi.stubEnv('CHUNK_SIZE', '2')
  vi.stubEnv('POSTS_PER_SECOND', '8000')
  // Handlers read their environment when they are loaded.
  vi.resetModules()
  dynamoDb.reset()
  dynamoDb.rejects(new Error('no such command is expected'))
  sqs.reset()
  sqs.on(SendMessageBatchCommand).resolves({})
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

describe('connect', () => {
  const load = async () => (await import('../../lambdas/connect.ts')).handler

  it('writes one item and accepts', async () => {
    dynamoDb.on(PutItemCommand).resolves({})
    const answer = await invoke(await load(), webSocketEvent(ID))
    expect(answer).toEqual({ statusCode: 200 })
    expect(dynamoDbInputs()).toEqual([
      {
        TableName: 'Connections',
        Item: { connectionId: { S: ID }, expiresAt: { N: String(NOW_SECONDS + 7_800) } },
      },
    ])
  })

  it.each([
    { offered: 'switchboard.v1', headers: { 'Sec-WebSocket-Protocol': 'switchboard.v1' } },
    { offered: 'x, switchboard.v1', headers: { 'Sec-WebSocket-Protocol': 'switchboard.v1' } },
    { offered: 'x', headers: undefined },
  ])('answers an offer of $offered with $headers', async ({ offered, headers }) => {
    dynamoDb.on(PutItemCommand).resolves({})
    const event = webSocketEvent(ID, { headers: { 'sec-websocket-protocol': offered } })
    const answer = await invoke(await load(), event)
    expect(answer).toEqual({ statusCode: 200, ...(headers && { headers }) })
  })

  it('refuses when the item cannot be written', async () => {
    dynamoDb.on(PutItemCommand).rejects(new Error('throttled'))
    await expect(invoke(await load(), webSocketEvent(ID))).rejects.toThrow('throttled')
  })
})

describe('disconnect', () => {
  const load = async () => (await import('../../lambdas/disconnect.ts')).handler

  it('deletes the item', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({})
    expect(await invoke(await load(), webSocketEvent(ID))).toEqual({ statusCode: 200 })
    expect(dynamoDbInputs()).toEqual([
      { TableName: 'Connections', Key: { connectionId: { S: ID } } },
    ])
  })

  it('fails, so that Lambda counts it, when the item cannot be deleted', async () => {
    dynamoDb.on(DeleteItemCommand).rejects(new Error('throttled'))
    await expect(invoke(await load(), webSocketEvent(ID))).rejects.toThrow('throttled')
  })
})

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

  it('removes who is gone', async () => {
    await using _server = await managementApi({ status: 410 })
    dynamoDb
      .on(ScanCommand)
      .resolves({ Items: [item('Gone=')] })
      .on(DeleteItemCommand)
      .resolves({})
    expect(await reply(await load(), 'BROADCAST:hi')).toMatchObject({ sent: 0, gone: 1 })
    expect(dynamoDbInputs().slice(1)).toEqual([
      expect.objectContaining({ Key: { connectionId: { S: 'Gone=' } } }),
    ])
  })

  it('queues a message to more than it may push to at once', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: ['A=', 'B=', 'C='].map(item) })
    await using server = await managementApi({ status: 200 })
    const answer = await reply(await load(), '{"action":"sendmessage","data":"hi","echo":false}')
    expect(answer).toEqual({ type: 'ack', id: expect.stringMatching(UUID), queued: true })
    expect(server.requests).toEqual([])
    const frame = expect.stringContaining('"data":"hi"')
    expect(queued()).toEqual([
      { queue: 'jobs', job: { frame, audience: 'everyone', except: ID }, delaySeconds: 0 },
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

  it.each([
    ['hello', 'BAD_MESSAGE'],
    ['', 'BAD_MESSAGE'],
    [undefined, 'BAD_MESSAGE'],
    ['{"action":"fly"}', 'UNKNOWN_ACTION'],
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

describe('deliver', () => {
  const load = async () => (await import('../../lambdas/deliver.ts')).handler
  const CHUNK = { frame: 'frame', connectionIds: ['A=', 'B='] }

  it('carries out a job, and queues what follows from it', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: ['A=', 'B=', 'C='].map(item) })
    const answer = await invokeWithJobs(await load(), [{ frame: 'frame', audience: 'everyone' }])
    expect(answer).toEqual({ batchItemFailures: [] })
    expect(queued()).toEqual([
      { queue: 'jobs', job: CHUNK, delaySeconds: 0 },
      { queue: 'jobs', job: { frame: 'frame', connectionIds: ['C='] }, delaySeconds: 0 },
    ])
  })

  it('pushes a chunk, and writes what became of it to the metrics', async () => {
    await using server = await managementApi({ status: 200 })
    expect(await invokeWithJobs(await load(), [CHUNK])).toEqual({ batchItemFailures: [] })
    expect(postsTo(server)).toEqual([
      { path: '/prod/@connections/A%3D', body: 'frame' },
      { path: '/prod/@connections/B%3D', body: 'frame' },
    ])
    expect(metrics.lines).toEqual([expect.objectContaining({ FunctionName: 'Handler', Sent: 2 })])
  })

  it('gives up what was refused, and logs why', async () => {
    await using _server = await managementApi({ status: 403 })
    await invokeWithJobs(await load(), [CHUNK])
    expect(queued()).toEqual([{ queue: 'dead', job: expect.anything(), delaySeconds: 0 }])
    expect(metrics.lines).toEqual([expect.objectContaining({ Failed: 2, GivenUp: 2 })])
    expect(log.lines).toEqual([expect.objectContaining({ event: 'post_failed', count: 2 })])
  })

  it('leaves in the table who may be connecting', async () => {
    await using _server = await managementApi({ status: 410 })
    const error = new ConditionalCheckFailedException({ message: 'no', $metadata: {} })
    dynamoDb.on(DeleteItemCommand).rejects(error)
    const handler = await load()
    expect(await invokeWithJobs(handler, [CHUNK], 6_500)).toEqual({ batchItemFailures: [] })
    expect(log.lines).toEqual([])
    expect(metrics.lines).toEqual([expect.objectContaining({ Gone: 2 })])
  })

  it('sends what is no job to the dead-letter queue, and goes on with the others', async () => {
    await using server = await managementApi({ status: 200 })
    const answer = await invokeWithJobs(await load(), [CHUNK, 'Alice', CHUNK])
    expect(answer).toEqual({ batchItemFailures: [] })
    expect(server.requests).toHaveLength(4)
    expect(queued()).toEqual([{ queue: 'dead', job: 'Alice', delaySeconds: 0 }])
    expect(log.lines).toEqual([expect.objectContaining({ event: 'bad_job' })])
    expect(JSON.stringify(log.lines)).not.toContain('Alice')
  })

  it('gives back the one job that failed among others, and logs it', async () => {
    await using server = await managementApi({ status: 200 })
    dynamoDb.on(ScanCommand).rejects(new Error('Alice'))
    const jobs = [CHUNK, { frame: 'frame', audience: 'everyone' }, CHUNK]
    const answer = await invokeWithJobs(await load(), jobs)
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] })
    expect(server.requests).toHaveLength(4)
    expect(log.lines).toEqual([expect.objectContaining({ event: 'job_failed' })])
    expect(JSON.stringify(log.lines)).not.toContain('Alice')
  })

  it('gives back what is no job when the dead-letter queue does not take it', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error('no'))
    const answer = await invokeWithJobs(await load(), ['Alice'])
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] })
    expect(log.lines).toEqual([expect.objectContaining({ event: 'job_failed' })])
  })

  it('queues a chunk again when its time is over', async () => {
    await using server = await managementApi({ status: 200 })
    const handler = await load()
    expect(await invokeWithJobs(handler, [CHUNK], 6_000)).toEqual({ batchItemFailures: [] })
    expect(server.requests).toEqual([])
    expect(queued()).toEqual([
      { queue: 'jobs', job: { ...CHUNK, attempt: 1 }, delaySeconds: expect.any(Number) },
    ])
  })
})

describe('a function without its environment', () => {
  it.each([
    { name: 'CONNECTIONS_TABLE', load: () => import('../../lambdas/connect.ts') },
    { name: 'CONNECTIONS_TABLE', load: () => import('../../lambdas/disconnect.ts') },
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

/** The reply's frame, of a handler that must answer 200 with nothing but a body. */
async function reply(
  handler: Parameters<typeof invoke>[0],
  body?: string,
  remainingMs?: number,
): Promise<unknown> {
  const event = webSocketEvent(ID, body === undefined ? {} : { body })
  const answer = await invoke(handler, event, remainingMs)
  expect(answer).toEqual({ statusCode: 200, body: expect.any(String) })
  const { body: frame } = Object(answer)
  return JSON.parse(String(frame))
}

function item(connectionId: string) {
  return { connectionId: { S: connectionId } }
}

/** What was sent to the queues, read as far as it is JSON. */
function queued(): unknown[] {
  return sqs.commandCalls(SendMessageBatchCommand).flatMap(({ args: [{ input }] }) =>
    (input.Entries ?? []).map(({ MessageBody = '', DelaySeconds }) => ({
      queue: input.QueueUrl?.split('/').at(-1),
      job: MessageBody.startsWith('{') ? JSON.parse(MessageBody) : MessageBody,
      delaySeconds: DelaySeconds,
    })),
  )
}

function dynamoDbInputs(): unknown[] {
  return dynamoDb.calls().map((call) => call.args[0].input)
}

/** A management API that answers so, as the endpoint of the function that is loaded next. */
async function managementApi(answer: Answer): Promise<AnsweringServer> {
  const server = await answering(answer)
  vi.stubEnv('CALLBACK_URL', `${server.url}/prod`)
  return server
}

/** What was posted, in the order of the paths: posts of a broadcast come in any. */
function postsTo({ requests }: AnsweringServer): unknown[] {
  return requests
    .map(({ path, body }) => ({ path, body }))
    .toSorted((one, other) => one.path.localeCompare(other.path))
}
