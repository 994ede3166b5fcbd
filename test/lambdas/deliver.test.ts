import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { captureMetrics } from '../support/metric-lines.ts'
import { invokeWithJobs } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import { item, managementApi, mockServices, postsTo } from '../support/mock-services.ts'

const { dynamoDb, sqs, queued } = mockServices()
const log = captureLog()
const metrics = captureMetrics()

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
