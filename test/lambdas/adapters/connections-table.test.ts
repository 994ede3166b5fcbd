import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConnectionsTable } from '../../../lambdas/adapters/connections-table.ts'

const NOW_SECONDS = 1_767_225_600

const dynamoDb = mockClient(DynamoDBClient)
afterAll(() => dynamoDb.restore())
const client = new DynamoDBClient({ region: 'us-east-1' })
const table = new ConnectionsTable(() => client, 'Connections')

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_SECONDS * 1_000 + 999, toFake: ['Date'] })
  dynamoDb.reset()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the Connections table', () => {
  it('adds an item with nothing but the id, the second of its end and the state of its rate limit', async () => {
    dynamoDb.on(PutItemCommand).resolves({})
    await table.add({ connectionId: 'A=', expiresAt: 1_700_007_800, tat: 1_700_000_000_123 })
    expect(inputs()).toEqual([
      {
        TableName: 'Connections',
        Item: {
          connectionId: { S: 'A=' },
          expiresAt: { N: '1700007800' },
          tat: { N: '1700000000123' },
        },
      },
    ])
  })

  it('removes an item by its id, whether it is there or not', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({})
    await table.remove('A=')
    expect(inputs()).toEqual([{ TableName: 'Connections', Key: { connectionId: { S: 'A=' } } }])
  })

  it('prunes an item on the condition that its connection has certainly connected', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({ Attributes: { connectionId: { S: 'A=' } } })
    expect(await table.prune('A=')).toBe('taken')
    expect(inputs()).toEqual([
      {
        TableName: 'Connections',
        Key: { connectionId: { S: 'A=' } },
        ConditionExpression: 'attribute_not_exists(tat) OR tat <= :latest',
        ExpressionAttributeValues: { ':latest': { N: String(NOW_SECONDS * 1_000 + 999 - 30_000) } },
        ReturnValues: 'ALL_OLD',
      },
    ])
  })

  it('says when somebody else had taken the item out', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({})
    expect(await table.prune('A=')).toBe('absent')
  })

  it('says when it has left the item for that reason', async () => {
    const error = new ConditionalCheckFailedException({ message: 'no', $metadata: {} })
    dynamoDb.on(DeleteItemCommand).rejects(error)
    expect(await table.prune('A=')).toBe('connecting')
  })

  it.each([
    { name: 'adding', call: () => table.add({ connectionId: 'A=', expiresAt: 1, tat: 1 }) },
    { name: 'removing', call: () => table.remove('A=') },
    { name: 'pruning', call: () => table.prune('A=') },
    { name: 'reading', call: () => table.page() },
    { name: 'taking a turn', call: () => table.take('A=', 1_000, 100) },
  ])('lets an error of $name through', async ({ call }) => {
    dynamoDb.rejects(new Error('throttled'))
    await expect(call()).rejects.toThrow('throttled')
  })
})

describe('a page of the Connections table', () => {
  const READ = {
    TableName: 'Connections',
    ConsistentRead: true,
    ProjectionExpression: 'connectionId',
    FilterExpression: 'expiresAt > :now',
    ExpressionAttributeValues: { ':now': { N: String(NOW_SECONDS) } },
  }

  it('holds the ids of those who have not expired, as many as fit', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: [item('A='), item('B=')] })
    expect(await table.page()).toEqual({ connectionIds: ['A=', 'B='], next: undefined })
    expect(inputs()).toEqual([READ])
  })

  it('begins after the last one, has a limit, and says where the next begins', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: [item('B=')], LastEvaluatedKey: item('C=') })
    expect(await table.page('A=', 7)).toEqual({ connectionIds: ['B='], next: 'C=' })
    expect(inputs()).toEqual([{ ...READ, ExclusiveStartKey: item('A='), Limit: 7 }])
  })

  it('may be empty with others after it', async () => {
    dynamoDb.on(ScanCommand).resolves({ LastEvaluatedKey: item('C=') })
    expect(await table.page()).toEqual({ connectionIds: [], next: 'C=' })
  })
})

function item(connectionId: string) {
  return { connectionId: { S: connectionId } }
}

function inputs(): unknown[] {
  return dynamoDb.calls().map((call) => call.args[0].input)
}
