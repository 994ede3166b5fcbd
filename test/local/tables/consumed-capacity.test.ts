import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ReturnConsumedCapacity,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { closeServer, listen } from '../../../local/http.ts'
import { startLocal, type Local } from '../../../local/index.ts'
import { dynamoDbClient, tableCalled } from '../../support/backend.ts'

const KB = 1024

/** The sort key of the fixture's table. */
const AT = { S: '0' }

describe.each(['the embedded DynamoDB', 'another DynamoDB'])(
  'what a call to %s consumes',
  (which) => {
    const other = dynalite({ createTableMs: 0 })
    let local: Local
    let TableName: string
    beforeAll(async () => {
      const dynamodbUrl =
        which === 'another DynamoDB' ? `http://127.0.0.1:${await listen(other, 0)}` : undefined
      local = await startLocal({ assembly: inject('fixtureAssembly'), dynamodbUrl })
      TableName = await tableCalled('Fixture-Table', dynamoDbClient(local))
    })
    afterAll(async () => {
      await local.close()
      await closeServer(other)
    })

    const put = (id: string, bytes: number, asked?: ReturnConsumedCapacity) =>
      new PutItemCommand({
        TableName,
        Item: { key: { S: id }, at: AT, data: { S: 'x'.repeat(bytes) } },
        ReturnConsumedCapacity: asked,
      })

    /** What is noted while something is done: operation, unit and units. */
    async function consumedBy(work: () => Promise<unknown>) {
      const before = local.trace.ofKind('consumed').length
      await work()
      const entries = local.trace.ofKind('consumed').slice(before)
      return entries.map(({ action, unit, units }) => [action.split(':')[1], unit, units])
    }

    it('is noted of a write by the KB, and of a read by the half for 4 KB', async () => {
      const client = dynamoDbClient(local)
      const Key = { key: { S: 'a' }, at: AT }
      const calls = async () => {
        await client.send(put('a', KB - 100))
        await client.send(put('a', KB))
        await client.send(new GetItemCommand({ TableName, Key }))
        await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
        await client.send(put('a', 5 * KB))
        await client.send(new ScanCommand({ TableName }))
        await client.send(new ScanCommand({ TableName, ConsistentRead: true }))
        await client.send(new DeleteItemCommand({ TableName, Key }))
        await client.send(new DescribeTableCommand({ TableName }))
      }
      expect(await consumedBy(calls)).toEqual([
        ['PutItem', 'write', 1],
        ['PutItem', 'write', 2],
        ['GetItem', 'read', 0.5],
        ['GetItem', 'read', 1],
        ['PutItem', 'write', 6],
        ['Scan', 'read', 1],
        ['Scan', 'read', 2],
        ['DeleteItem', 'write', 6],
      ])
    })

    it('is noted of a batch in all', async () => {
      const PutRequest = { Item: { key: { S: 'b' }, at: AT } }
      const requests = [{ PutRequest }, { DeleteRequest: { Key: { key: { S: 'c' }, at: AT } } }]
      const batch = new BatchWriteItemCommand({ RequestItems: { [TableName]: requests } })
      const calls = () => dynamoDbClient(local).send(batch)
      expect(await consumedBy(calls)).toEqual([['BatchWriteItem', 'write', 2]])
    })

    it('is one write when its condition does not hold, and nothing when it is refused', async () => {
      const client = dynamoDbClient(local)
      const failing = (input: { ConditionExpression?: string; UpdateExpression?: string }) =>
        client
          .send(new DeleteItemCommand({ TableName, Key: { key: { S: 'd' }, at: AT }, ...input }))
          .then(
            () => 'done',
            (error: unknown) => (error instanceof Error ? error.name : ''),
          )
      const calls = async () => {
        const held = await failing({ ConditionExpression: 'attribute_exists(note)' })
        expect(held).toBe('ConditionalCheckFailedException')
        expect(await failing({ ConditionExpression: 'nonsense' })).toBe('ValidationException')
      }
      expect(await consumedBy(calls)).toEqual([['DeleteItem', 'write', 1]])
    })

    it('is told only to who asks', async () => {
      const client = dynamoDbClient(local)
      const { $metadata, ...unasked } = await client.send(put('e', 1))
      expect(unasked).toEqual({})
      const { $metadata: _, ...declined } = await client.send(put('e', 1, 'NONE'))
      expect(declined).toEqual({})
      const { ConsumedCapacity: total } = await client.send(put('e', 1, 'TOTAL'))
      expect(total).toEqual({ TableName, CapacityUnits: 1 })
      const { ConsumedCapacity: indexes } = await client.send(put('e', 1, 'INDEXES'))
      expect(indexes).toEqual({ TableName, CapacityUnits: 1, Table: { CapacityUnits: 1 } })
      expect($metadata.httpStatusCode).toBe(200)
    })
  },
)
