import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { GroupKey } from '../../lambdas/adapters/group-key.ts'
import { invoke, webSocketEvent } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import { captureMetrics } from '../support/metric-lines.ts'
import { mockServices, NOW_SECONDS } from '../support/mock-services.ts'

const ID = 'L0SM9cOFvHcCIhw='

const { dynamoDb, dynamoDbInputs } = mockServices()
const log = captureLog()
const metrics = captureMetrics()

const load = async () => (await import('../../lambdas/connect.ts')).handler

describe('connect', () => {
  it('writes one item and accepts', async () => {
    dynamoDb.on(PutItemCommand).resolves({})
    const answer = await invoke(await load(), webSocketEvent(ID))
    expect(answer).toEqual({ statusCode: 200 })
    expect(dynamoDbInputs()).toEqual([
      {
        TableName: 'Connections',
        Item: {
          connectionId: { S: ID },
          expiresAt: { N: String(NOW_SECONDS + 7_800) },
          tat: { N: String(NOW_SECONDS * 1_000 + 999) },
        },
      },
    ])
    expect(metrics.lines).toEqual([expect.objectContaining({ ConnectionsOpened: 1 })])
  })

  it('needs no key where there are no users', async () => {
    vi.stubEnv('GROUP_KEY', undefined)
    dynamoDb.on(PutItemCommand).resolves({})
    // An authorizer that asks for an origin alone vouches for nobody.
    const authorizer = { principalId: 'anonymous' }
    const event = webSocketEvent(ID, { authorizer })
    expect(await invoke(await load(), event)).toEqual({ statusCode: 200 })
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

  it('refuses when the item cannot be written, and says why in the log alone', async () => {
    dynamoDb.on(PutItemCommand).rejects(new TypeError('Alice'))
    await refuses(webSocketEvent(ID))
  })
})

describe('connect of a user', () => {
  const expiresAt = { N: String(NOW_SECONDS + 5) }
  const authorizer = { principalId: 'alice', user: 'alice', expiresAt: String(NOW_SECONDS + 5) }
  const event = webSocketEvent(ID, { authorizer })

  it('writes the connection and then whose it is, both until the token ends, and no name', async () => {
    dynamoDb.on(PutItemCommand).resolves({}).on(UpdateItemCommand).resolves({})
    expect(await invoke(await load(), event)).toEqual({ statusCode: 200 })
    const group = { S: new GroupKey(() => 'a key').of({ user: 'alice' }) }
    expect(dynamoDbInputs()).toEqual([
      {
        TableName: 'Connections',
        Item: {
          connectionId: { S: ID },
          expiresAt,
          tat: { N: String(NOW_SECONDS * 1_000 + 999) },
        },
      },
      {
        TableName: 'Memberships',
        Key: { group, connectionId: { S: ID } },
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ExpressionAttributeValues: { ':expiresAt': expiresAt },
        ReturnValues: 'ALL_NEW',
      },
    ])
    expect(JSON.stringify(dynamoDbInputs())).not.toContain('alice')
  })

  it('refuses when it cannot be written whose it is', async () => {
    dynamoDb.on(PutItemCommand).resolves({}).on(UpdateItemCommand).rejects(new TypeError('Alice'))
    await refuses(event)
    expect(metrics.lines).toEqual([])
  })

  it('refuses without a key, rather than let somebody in who gets no messages', async () => {
    vi.stubEnv('GROUP_KEY', undefined)
    dynamoDb.on(PutItemCommand).resolves({})
    await expect(invoke(await load(), event)).rejects.toThrow(/^connect_failed$/)
  })
})

async function refuses(event: Parameters<typeof invoke>[1]): Promise<void> {
  await expect(invoke(await load(), event)).rejects.toThrow(/^connect_failed$/)
  expect(log.lines).toEqual([
    expect.objectContaining({ event: 'connect_failed', error: 'TypeError' }),
  ])
  expect(JSON.stringify(log.lines)).not.toContain('Alice')
}
