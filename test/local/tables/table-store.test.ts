import { expect, it, onTestFinished } from 'vitest'
import { TableStore } from '../../../local/tables/table-store.ts'
import type { TableDefinition } from '../../../local/template/dynamodb.ts'

const THROUGHPUT = { ReadCapacityUnits: 5, WriteCapacityUnits: 2 }
const Projection = { ProjectionType: 'ALL' }
const TABLE: TableDefinition = {
  tableName: 'People',
  tableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/People',
  attributeDefinitions: ['room', 'id', 'name'].map((AttributeName) => {
    return { AttributeName, AttributeType: 'S' }
  }),
  keySchema: [
    { AttributeName: 'room', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
  globalSecondaryIndexes: [
    {
      IndexName: 'everywhere',
      KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
      Projection,
      ProvisionedThroughput: THROUGHPUT,
    },
  ],
  localSecondaryIndexes: [
    {
      IndexName: 'inRoom',
      KeySchema: [
        { AttributeName: 'room', KeyType: 'HASH' },
        { AttributeName: 'name', KeyType: 'RANGE' },
      ],
      Projection,
    },
  ],
  provisionedThroughput: THROUGHPUT,
  ttlAttribute: undefined,
}

it('a table with provisioned capacity and both kinds of indexes can be asked by each', async () => {
  const store = new TableStore()
  onTestFinished(() => store.close())
  await store.start([TABLE])
  expect(await store.send('DescribeTable', { TableName: 'People' })).toMatchObject({
    Table: {
      ProvisionedThroughput: THROUGHPUT,
      GlobalSecondaryIndexes: [{ IndexName: 'everywhere', ProvisionedThroughput: THROUGHPUT }],
    },
  })

  const Item = { room: { S: 'tea' }, id: { S: '1' }, name: { S: 'Ann' } }
  await store.send('PutItem', { TableName: 'People', Item })
  const everywhere = await store.send('Query', {
    TableName: 'People',
    IndexName: 'everywhere',
    KeyConditionExpression: '#name = :name',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':name': { S: 'Ann' } },
  })
  const inRoom = await store.send('Query', {
    TableName: 'People',
    IndexName: 'inRoom',
    KeyConditionExpression: 'room = :room AND #name = :name',
    ExpressionAttributeNames: { '#name': 'name' },
    ExpressionAttributeValues: { ':room': { S: 'tea' }, ':name': { S: 'Ann' } },
  })
  expect([everywhere['Items'], inRoom['Items']]).toEqual([[Item], [Item]])
})

it('a table of more than one page is read to its end', async () => {
  const store = new TableStore()
  onTestFinished(() => store.close())
  await store.start([TABLE])
  const ids = ['1', '2', '3', '4']
  for (const id of ids) {
    // Three of them fill a page.
    const Item = { room: { S: 'tea' }, id: { S: id }, note: { S: 'x'.repeat(390_000) } }
    await store.send('PutItem', { TableName: 'People', Item })
  }
  expect(await store.send('Scan', { TableName: 'People' })).toHaveProperty('LastEvaluatedKey')
  const items = await store.items('People')
  expect(items.map(({ id }) => id)).toEqual(ids.map((id) => ({ S: id })))
})
