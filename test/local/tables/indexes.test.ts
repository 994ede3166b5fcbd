import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
  type AttributeValue,
  type ReturnConsumedCapacity,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT } from '../../support/assembly.ts'
import { eventually } from '../../support/eventually.ts'
import { TestTables } from '../../support/tables.ts'

const TABLE_ARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/Members'
const TableName = 'Members'
const IndexName = 'ByConnection'

const room = { AttributeName: 'room', KeyType: 'HASH' }
const connection = { AttributeName: 'connectionId', KeyType: 'RANGE' }

/** As CDK's TableV2 writes it. */
const MEMBERS = {
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    TableName,
    AttributeDefinitions: ['room', 'connectionId'].map((AttributeName) => {
      return { AttributeName, AttributeType: 'S' }
    }),
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: [
      {
        IndexName,
        KeySchema: [{ ...connection, KeyType: 'HASH' }],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
    KeySchema: [room, connection],
    Replicas: [{ GlobalSecondaryIndexes: [{ IndexName }], Region: { Ref: 'AWS::Region' } }],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  },
}
const { tables } = readApp(assemblyOf({ ...CHAT, Members: MEMBERS }))

const TEA = { room: { S: 'tea' }, connectionId: { S: 'a' } }
const OF_A = {
  KeyConditionExpression: 'connectionId = :id',
  ExpressionAttributeValues: { ':id': { S: 'a' } },
}
const IN_TEA = {
  KeyConditionExpression: 'room = :room',
  ExpressionAttributeValues: { ':room': { S: 'tea' } },
}

function put(item: Record<string, AttributeValue>, asked?: ReturnConsumedCapacity) {
  return new PutItemCommand({ TableName, Item: item, ReturnConsumedCapacity: asked })
}

const roomsOfA = () => new QueryCommand({ TableName, IndexName, ...OF_A })
const membersOfTea = () => new QueryCommand({ TableName, ...IN_TEA })

describe('an index', () => {
  it('holds the keys of the items, and nothing else when it is to hold only them', async () => {
    const client = (await TestTables.start(tables)).client()
    await client.send(put({ ...TEA, note: { S: 'hello' } }))
    await client.send(put({ ...TEA, room: { S: 'coffee' } }))
    const { Items } = await client.send(roomsOfA())
    expect(Items).toHaveLength(2)
    expect(Items).toContainEqual(TEA)
    await client.send(new DeleteItemCommand({ TableName, Key: TEA }))
    expect((await client.send(roomsOfA())).Count).toBe(1)
  })

  it('loses what has expired with its table', async () => {
    const dynamoDb = await TestTables.start(tables)
    const client = dynamoDb.client()
    const expiresAt = { N: String(Math.floor(dynamoDb.clock.now() / 1000) + 60) }
    await client.send(put({ ...TEA, expiresAt }))
    await dynamoDb.clock.advance('2 hours')
    await eventually(async () => expect((await client.send(roomsOfA())).Count).toBe(0))
    expect((await client.send(membersOfTea())).Count).toBe(0)
  })

  it.each([
    ['the table', TABLE_ARN, membersOfTea, roomsOfA, `${TABLE_ARN}/index/ByConnection`],
    ['the index', `${TABLE_ARN}/index/ByConnection`, roomsOfA, membersOfTea, TABLE_ARN],
  ])('is asked by another permission than its table: %s', async (_, arn, may, mayNot, other) => {
    const dynamoDb = await TestTables.start(tables)
    const client = dynamoDb.client([
      { effect: 'Allow', actions: ['dynamodb:Query'], resources: [arn] },
    ])
    expect((await client.send(may())).Count).toBe(0)
    await expect(client.send(mayNot())).rejects.toThrowError(
      expect.objectContaining({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`dynamodb:Query on resource: ${other} because`),
      }),
    )
  })
})

describe('a write', () => {
  it('tells what it has replaced', async () => {
    const client = (await TestTables.start(tables)).client()
    const item = { ...TEA, note: { S: 'old' } }
    await client.send(put(item))
    const update = {
      TableName,
      Key: TEA,
      UpdateExpression: 'SET note = :note, expiresAt = :at',
      ExpressionAttributeValues: { ':note': { S: 'new' }, ':at': { N: '1' } },
    }
    const updated = await client.send(
      new UpdateItemCommand({ ...update, ReturnValues: 'UPDATED_OLD' }),
    )
    expect(updated.Attributes).toEqual({ note: { S: 'old' } })
    const deletion = new DeleteItemCommand({ TableName, Key: TEA, ReturnValues: 'ALL_OLD' })
    expect((await client.send(deletion)).Attributes).toEqual({
      ...TEA,
      note: { S: 'new' },
      expiresAt: { N: '1' },
    })
    expect((await client.send(deletion)).Attributes).toBeUndefined()
  })

  it('is billed for the index too, where that changes', async () => {
    const dynamoDb = await TestTables.start(tables)
    const client = dynamoDb.client()
    const Key = TEA
    const later = {
      TableName,
      Key,
      UpdateExpression: 'SET expiresAt = :at',
      ExpressionAttributeValues: { ':at': { N: '1' } },
    }
    const never = { ConditionExpression: 'attribute_exists(nothing)' }
    const calls = async () => {
      await client.send(put(TEA))
      await client.send(put({ ...TEA, note: { S: 'hello' } }))
      await client.send(new UpdateItemCommand(later))
      await expect(client.send(new UpdateItemCommand({ ...later, ...never }))).rejects.toThrow()
      await client.send(new DeleteItemCommand({ TableName, Key }))
      await client.send(new DeleteItemCommand({ TableName, Key }))
      await client.send(new UpdateItemCommand(later))
      const requests = [
        { DeleteRequest: { Key } },
        { PutRequest: { Item: { ...TEA, room: { S: 'coffee' } } } },
        { DeleteRequest: { Key: { ...TEA, room: { S: 'milk' } } } },
      ]
      await client.send(new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } }))
    }
    expect(await dynamoDb.consumedBy(calls)).toEqual([
      ['PutItem', 'write', 2],
      ['PutItem', 'write', 1],
      ['UpdateItem', 'write', 1],
      ['UpdateItem', 'write', 1],
      ['DeleteItem', 'write', 2],
      ['DeleteItem', 'write', 1],
      ['UpdateItem', 'write', 2],
      ['BatchWriteItem', 'write', 5],
    ])
  })

  it('tells who asks what it consumed, of each index', async () => {
    const client = (await TestTables.start(tables)).client()
    const total = await client.send(put(TEA, 'TOTAL'))
    expect(total.ConsumedCapacity).toEqual({ TableName, CapacityUnits: 2 })
    const requests = ['coffee', 'milk'].map((name) => {
      return { PutRequest: { Item: { ...TEA, room: { S: name } } } }
    })
    const batch = { RequestItems: { [TableName]: requests } }
    const answer = await client.send(
      new BatchWriteItemCommand({ ...batch, ReturnConsumedCapacity: 'INDEXES' }),
    )
    expect(answer.ConsumedCapacity).toEqual([
      {
        TableName,
        CapacityUnits: 4,
        Table: { CapacityUnits: 2 },
        GlobalSecondaryIndexes: { [IndexName]: { CapacityUnits: 2 } },
      },
    ])
    const { $metadata: _, ...unasked } = await client.send(put(TEA))
    expect(unasked).toEqual({})
  })
})

describe('a read', () => {
  it('is billed by what it finds, and as one when it finds nothing', async () => {
    const dynamoDb = await TestTables.start(tables)
    const client = dynamoDb.client()
    const empty = async () => {
      await client.send(roomsOfA())
      await client.send(membersOfTea())
      await client.send(new QueryCommand({ TableName, ...IN_TEA, ConsistentRead: true }))
      await client.send(new ScanCommand({ TableName }))
    }
    expect(await dynamoDb.consumedBy(empty)).toEqual([
      ['Query', 'read', 0.5],
      ['Query', 'read', 0.5],
      ['Query', 'read', 1],
      ['Scan', 'read', 0.5],
    ])
    await client.send(put({ ...TEA, note: { S: 'x'.repeat(5_000) } }))
    const full = async () => {
      await client.send(roomsOfA())
      await client.send(membersOfTea())
    }
    expect(await dynamoDb.consumedBy(full)).toEqual([
      ['Query', 'read', 0.5],
      ['Query', 'read', 1],
    ])
  })

  it('of an index tells who asks', async () => {
    const client = (await TestTables.start(tables)).client()
    const asked = { TableName, ReturnConsumedCapacity: 'INDEXES' } as const
    const ofIndex = await client.send(new QueryCommand({ ...asked, IndexName, ...OF_A }))
    expect(ofIndex.ConsumedCapacity).toEqual({
      TableName,
      CapacityUnits: 0.5,
      Table: { CapacityUnits: 0 },
      GlobalSecondaryIndexes: { [IndexName]: { CapacityUnits: 0.5 } },
    })
    const ofTable = await client.send(new QueryCommand({ ...asked, ...IN_TEA }))
    const CapacityUnits = 0.5
    expect(ofTable.ConsumedCapacity).toEqual({ TableName, CapacityUnits, Table: { CapacityUnits } })
  })
})
