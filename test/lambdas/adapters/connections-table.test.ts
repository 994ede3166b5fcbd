import {
  DeleteItemCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ConnectionsTable } from '../../../lambdas/adapters/connections-table.ts'
import type { Connection } from '../../../lambdas/core/connection.ts'

const dynamoDb = mockClient(DynamoDBClient)
afterAll(() => dynamoDb.restore())
const table = new ConnectionsTable(new DynamoDBClient({ region: 'us-east-1' }), 'Connections')

beforeEach(() => {
  dynamoDb.reset()
})

describe('the Connections table', () => {
  it('adds an item with nothing but the id and the seconds of its end', async () => {
    dynamoDb.on(PutItemCommand).resolves({})
    await table.add({ connectionId: 'A=', expiresAt: 1_700_007_800 })
    expect(inputs()).toEqual([
      {
        TableName: 'Connections',
        Item: { connectionId: { S: 'A=' }, expiresAt: { N: '1700007800' } },
      },
    ])
  })

  it('removes an item by its id, whether it is there or not', async () => {
    dynamoDb.on(DeleteItemCommand).resolves({})
    await table.remove('A=')
    expect(inputs()).toEqual([{ TableName: 'Connections', Key: { connectionId: { S: 'A=' } } }])
  })

  it.each([
    { name: 'adding', call: () => table.add({ connectionId: 'A=', expiresAt: 1 }) },
    { name: 'removing', call: () => table.remove('A=') },
    { name: 'reading', call: () => readAll() },
  ])('lets an error of $name through', async ({ call }) => {
    dynamoDb.rejects(new Error('throttled'))
    await expect(call()).rejects.toThrow('throttled')
  })

  it('reads one page of an item each', async () => {
    dynamoDb.on(ScanCommand).resolves({ Items: [item('A=', 1), item('B=', 2)] })
    expect(await readAll()).toEqual([
      [
        { connectionId: 'A=', expiresAt: 1 },
        { connectionId: 'B=', expiresAt: 2 },
      ],
    ])
    expect(inputs()).toEqual([
      { TableName: 'Connections', ConsistentRead: true, ExclusiveStartKey: undefined },
    ])
  })

  it('reads on from where the last page ended, over an empty page, to the end', async () => {
    const afterA = { connectionId: { S: 'A=' } }
    const afterB = { connectionId: { S: 'B=' } }
    dynamoDb
      .on(ScanCommand)
      .resolvesOnce({ Items: [item('A=', 1)], LastEvaluatedKey: afterA })
      .resolvesOnce({ LastEvaluatedKey: afterB })
      .resolvesOnce({ Items: [item('C=', 3)] })
      .rejects(new Error('read past the end'))
    expect(await readAll()).toEqual([
      [{ connectionId: 'A=', expiresAt: 1 }],
      [],
      [{ connectionId: 'C=', expiresAt: 3 }],
    ])
    expect(inputs()).toEqual([
      { TableName: 'Connections', ConsistentRead: true, ExclusiveStartKey: undefined },
      { TableName: 'Connections', ConsistentRead: true, ExclusiveStartKey: afterA },
      { TableName: 'Connections', ConsistentRead: true, ExclusiveStartKey: afterB },
    ])
  })

  it('reads the next page only when it is asked for', async () => {
    dynamoDb
      .on(ScanCommand)
      .resolves({ Items: [item('A=', 1)], LastEvaluatedKey: { connectionId: { S: 'A=' } } })
    for await (const page of table.pages()) {
      expect(page).toHaveLength(1)
      break
    }
    expect(inputs()).toHaveLength(1)
  })
})

function item(connectionId: string, expiresAt: number) {
  return { connectionId: { S: connectionId }, expiresAt: { N: String(expiresAt) } }
}

async function readAll(): Promise<(readonly Connection[])[]> {
  const pages: (readonly Connection[])[] = []
  for await (const page of table.pages()) pages.push(page)
  return pages
}

function inputs(): unknown[] {
  return dynamoDb.calls().map((call) => call.args[0].input)
}
