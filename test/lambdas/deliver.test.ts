import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { describe, expect, it, vi } from 'vitest'
import { GroupKey } from '../../lambdas/adapters/group-key.ts'
import { captureMetrics } from '../support/metric-lines.ts'
import { invokeWithJobs } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import { item, managementApi, mockServices, postsTo } from '../support/mock-services.ts'

const { dynamoDb, sqs, queued } = mockServices()
const log = captureLog()
const metrics = captureMetrics()

const load = async () => (await import('../../lambdas/deliver.ts')).handler

describe('deliver', () => {
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

  it('tells how long it took since the message came', async () => {
    await using _server = await managementApi({ status: 200 })
    await invokeWithJobs(await load(), [{ ...CHUNK, sinceMs: Date.now() - 1_234 }])
    expect(metrics.lines).toEqual([expect.objectContaining({ Sent: 2, FanOutTime: 1_234 })])
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

describe('what a backend publishes', () => {
  const publication = { to: { room: 'lobby' }, data: { price: 7 } }
  const audience = { group: new GroupKey(() => 'a key').of(publication.to) }

  it('goes to its group, under the id of the message in the queue, each time it comes', async () => {
    dynamoDb.on(QueryCommand).resolves({ Items: ['A=', 'B='].map(item) })
    await using server = await managementApi({ status: 200 })
    const handler = await load()
    for (const _ of [1, 2]) {
      expect(await invokeWithJobs(handler, [publication])).toEqual({ batchItemFailures: [] })
    }
    const body = JSON.stringify({ type: 'message', id: 'message-0', ...publication })
    expect(server.requests.map((request) => request.body)).toEqual([body, body, body, body])
    expect(dynamoDb.commandCalls(QueryCommand).map(({ args }) => args[0].input)).toMatchObject(
      [1, 2].map(() => ({
        TableName: 'Memberships',
        ExpressionAttributeValues: { ':group': { S: audience.group } },
      })),
    )
    expect(metrics.lines).toMatchObject([
      { MessagesPublished: 1, Sent: 2 },
      { MessagesPublished: 1, Sent: 2 },
    ])
    expect(log.lines).toEqual([])
  })

  it('goes on in chunks that name neither room nor user', async () => {
    dynamoDb.on(QueryCommand).resolves({ Items: ['A=', 'B=', 'C='].map(item) })
    const toUser = { to: { user: 'alice' }, data: 1 }
    expect(await invokeWithJobs(await load(), [toUser])).toEqual({ batchItemFailures: [] })
    const frame = '{"type":"message","id":"message-0","to":"you","data":1}'
    const sinceMs = 1_767_225_600_000
    expect(queued()).toMatchObject([
      { job: { frame, sinceMs, connectionIds: ['A=', 'B='] } },
      { job: { frame, sinceMs, connectionIds: ['C='] } },
    ])
    expect(JSON.stringify(queued())).not.toContain('alice')
  })

  it('takes the id that the backend gave it', async () => {
    await using server = await managementApi({ status: 200 })
    await invokeWithJobs(await load(), [{ to: 'A=', data: 1, id: 'mine' }])
    expect(server.requests).toMatchObject([
      { body: '{"type":"message","id":"mine","to":"you","data":1}' },
    ])
  })

  it.each([
    { to: 'every one', data: 1 },
    { to: 'everyone' },
    { to: 'everyone', data: 1, echo: false },
    { to: 'everyone', data: 'x'.repeat(131_072) },
  ])('goes to the dead-letter queue when it is none', async (bad) => {
    expect(await invokeWithJobs(await load(), [bad])).toEqual({ batchItemFailures: [] })
    expect(queued()).toEqual([{ queue: 'dead', job: bad, delaySeconds: 0 }])
    expect(log.lines).toEqual([expect.objectContaining({ event: 'bad_job' })])
    expect(metrics.lines).toEqual([])
  })

  it('comes back when there is no key to find its group by', async () => {
    vi.stubEnv('GROUP_KEY', '')
    const answer = await invokeWithJobs(await load(), [publication])
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] })
    expect(log.lines).toEqual([expect.objectContaining({ event: 'job_failed' })])
  })
})
