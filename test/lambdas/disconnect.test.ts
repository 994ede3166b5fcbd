import { DeleteItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { describe, expect, it, vi } from 'vitest'
import { invoke, webSocketEvent } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import { captureMetrics } from '../support/metric-lines.ts'
import { mockServices } from '../support/mock-services.ts'

const ID = 'L0SM9cOFvHcCIhw='

const { dynamoDb, sqs, dynamoDbInputs, queued } = mockServices()
const log = captureLog()
const metrics = captureMetrics()

const load = async () => (await import('../../lambdas/disconnect.ts')).handler

describe('disconnect', () => {
  it('deletes the item, and asks which groups it was in', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({}).on(QueryCommand).resolves({})
    expect(await invoke(await load(), webSocketEvent(ID))).toEqual({ statusCode: 200 })
    expect(dynamoDbInputs()).toEqual([
      { TableName: 'Connections', Key: { connectionId: { S: ID } } },
      expect.objectContaining({ TableName: 'Memberships', IndexName: 'ByConnection' }),
    ])
    expect(queued()).toEqual([])
    expect(metrics.lines).toEqual([expect.objectContaining({ ConnectionsClosed: 1 })])
  })

  it('deletes each membership, and tells those groups which were told of its beginning', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({}).on(QueryCommand).resolves({ Items: MEMBERSHIPS })
    expect(await invoke(await load(), webSocketEvent(ID))).toEqual({ statusCode: 200 })
    expect(dynamoDb.commandCalls(DeleteItemCommand).map(({ args }) => args[0].input)).toEqual([
      { TableName: 'Connections', Key: { connectionId: { S: ID } } },
      // Who is to be told of it first waits for the queue.
      { TableName: 'Memberships', Key: { group: { S: 'quiet' }, connectionId: { S: ID } } },
      { TableName: 'Memberships', Key: { group: { S: 'told' }, connectionId: { S: ID } } },
    ])
    const left = { type: 'left', id: 'uuid-left', group: 'told', connectionId: ID }
    expect(queued()).toEqual([
      {
        queue: 'jobs',
        job: {
          frame: JSON.stringify(left),
          audience: { group: 'told' },
          except: ID,
          sinceMs: Date.now(),
        },
        delaySeconds: 0,
      },
    ])
  })

  it('needs no key', async () => {
    vi.stubEnv('GROUP_KEY', undefined)
    dynamoDb.on(DeleteItemCommand).resolves({}).on(QueryCommand).resolves({ Items: MEMBERSHIPS })
    expect(await invoke(await load(), webSocketEvent(ID))).toEqual({ statusCode: 200 })
  })

  it.each([
    { what: 'the item cannot be deleted', fails: () => dynamoDb.on(DeleteItemCommand) },
    { what: 'the index cannot be read', fails: () => dynamoDb.on(QueryCommand) },
    { what: 'nobody can be told', fails: () => sqs.on(SendMessageBatchCommand) },
  ])('fails, so that Lambda counts it, when $what', async ({ fails }) => {
    dynamoDb.on(DeleteItemCommand).resolves({}).on(QueryCommand).resolves({ Items: MEMBERSHIPS })
    fails().rejects(new TypeError('Alice'))
    const invoked = invoke(await load(), webSocketEvent(ID))
    await expect(invoked).rejects.toThrow(/^disconnect_failed$/)
    expect(log.lines).toEqual([
      expect.objectContaining({ event: 'disconnect_failed', error: 'TypeError' }),
    ])
    expect(JSON.stringify(log.lines)).not.toContain('Alice')
    expect(metrics.lines).toEqual([])
  })
})

const MEMBERSHIPS = [
  { group: { S: 'told' }, connectionId: { S: ID }, announcement: { S: 'uuid' } },
  { group: { S: 'quiet' }, connectionId: { S: ID } },
]
