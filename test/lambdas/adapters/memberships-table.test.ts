import {
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MembershipsTable } from '../../../lambdas/adapters/memberships-table.ts'

const NOW_SECONDS = 1_767_225_600

const dynamoDb = mockClient(DynamoDBClient)
afterAll(() => dynamoDb.restore())
const client = new DynamoDBClient({ region: 'us-east-1' })
const table = new MembershipsTable(() => client, 'Memberships')

const Key = { group: { S: 'lobby' }, connectionId: { S: 'A=' } }
const MEMBERSHIP = { group: 'lobby', connectionId: 'A=', expiresAt: 1_700_007_800 }

beforeEach(() => {
  vi.useFakeTimers({ now: NOW_SECONDS * 1_000 + 999, toFake: ['Date'] })
  dynamoDb.reset()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the Memberships table', () => {
  it('adds an item with nothing but the hash, the id and the second of its end', async () => {
    dynamoDb.on(UpdateItemCommand).resolves({ Attributes: Key })
    expect(await table.add(MEMBERSHIP)).toBeUndefined()
    expect(inputs()).toEqual([
      {
        TableName: 'Memberships',
        Key,
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ExpressionAttributeValues: { ':expiresAt': { N: '1700007800' } },
        ReturnValues: 'ALL_NEW',
      },
    ])
  })

  it('adds an announcement where there is none, and says which one stands', async () => {
    dynamoDb.on(UpdateItemCommand).resolves({ Attributes: { announcement: { S: 'first' } } })
    expect(await table.add({ ...MEMBERSHIP, announcement: 'second' })).toBe('first')
    expect(inputs()).toEqual([
      {
        TableName: 'Memberships',
        Key,
        UpdateExpression:
          'SET expiresAt = :expiresAt, announcement = if_not_exists(announcement, :announcement)',
        ExpressionAttributeValues: {
          ':expiresAt': { N: '1700007800' },
          ':announcement': { S: 'second' },
        },
        ReturnValues: 'ALL_NEW',
      },
    ])
  })

  it('removes an item, whether it is there or not', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({})
    await table.remove('lobby', 'A=')
    expect(inputs()).toEqual([{ TableName: 'Memberships', Key }])
  })

  it('finds a membership, as it is now', async () => {
    const Item = { ...Key, announcement: { S: 'uuid' } }
    dynamoDb.on(GetItemCommand).resolvesOnce({ Item }).resolves({})
    const found = { group: 'lobby', connectionId: 'A=', announcement: 'uuid' }
    expect(await table.find('lobby', 'A=')).toEqual(found)
    expect(inputs()).toEqual([{ TableName: 'Memberships', ConsistentRead: true, Key }])
    expect(await table.find('lobby', 'A=')).toBeUndefined()
  })

  it('has all memberships of a connection in its index', async () => {
    const Items = [Key, { ...Key, group: { S: 'cellar' }, announcement: { S: 'uuid' } }]
    dynamoDb.on(QueryCommand).resolvesOnce({ Items }).resolves({})
    expect(await table.ofConnection('A=')).toEqual([
      { group: 'lobby', connectionId: 'A=', announcement: undefined },
      { group: 'cellar', connectionId: 'A=', announcement: 'uuid' },
    ])
    expect(inputs()).toEqual([
      {
        TableName: 'Memberships',
        IndexName: 'ByConnection',
        KeyConditionExpression: 'connectionId = :connectionId',
        ExpressionAttributeValues: { ':connectionId': { S: 'A=' } },
      },
    ])
    expect(await table.ofConnection('A=')).toEqual([])
  })

  it.each([
    { name: 'adding', call: () => table.add(MEMBERSHIP) },
    { name: 'removing', call: () => table.remove('lobby', 'A=') },
    { name: 'finding', call: () => table.find('lobby', 'A=') },
    { name: 'reading the index', call: () => table.ofConnection('A=') },
    { name: 'reading', call: () => table.page('lobby') },
  ])('lets an error of $name through', async ({ call }) => {
    dynamoDb.rejects(new Error('throttled'))
    await expect(call()).rejects.toThrow('throttled')
  })
})

describe('a page of a group', () => {
  const READ = {
    TableName: 'Memberships',
    ConsistentRead: true,
    ProjectionExpression: 'connectionId',
    KeyConditionExpression: '#group = :group',
    FilterExpression: 'expiresAt > :now',
    ExpressionAttributeNames: { '#group': 'group' },
    ExpressionAttributeValues: { ':group': { S: 'lobby' }, ':now': { N: String(NOW_SECONDS) } },
  }

  it('holds the ids of those who have not expired, as many as fit', async () => {
    dynamoDb.on(QueryCommand).resolves({ Items: [item('A='), item('B=')] })
    expect(await table.page('lobby')).toEqual({ connectionIds: ['A=', 'B='], next: undefined })
    expect(inputs()).toEqual([READ])
  })

  it('begins after the last one, has a limit, and says where the next begins', async () => {
    const LastEvaluatedKey = { group: { S: 'lobby' }, ...item('C=') }
    dynamoDb.on(QueryCommand).resolves({ Items: [item('B=')], LastEvaluatedKey })
    expect(await table.page('lobby', 'A=', 7)).toEqual({ connectionIds: ['B='], next: 'C=' })
    expect(inputs()).toEqual([{ ...READ, ExclusiveStartKey: Key, Limit: 7 }])
  })

  it('may be empty with others after it', async () => {
    dynamoDb.on(QueryCommand).resolves({ LastEvaluatedKey: item('C=') })
    expect(await table.page('lobby')).toEqual({ connectionIds: [], next: 'C=' })
  })
})

function item(connectionId: string) {
  return { connectionId: { S: connectionId } }
}

function inputs(): unknown[] {
  return dynamoDb.calls().map((call) => call.args[0].input)
}
