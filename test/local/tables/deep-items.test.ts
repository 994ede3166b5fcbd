import { PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../../local/index.ts'
import { dynamoDbClient, tableCalled } from '../../support/backend.ts'

let local: Local
beforeAll(async () => {
  local = await startLocal({ assembly: inject('fixtureAssembly') })
})
afterAll(() => local.close())

/** Lists in each other, so deep. */
function nested(levels: number): AttributeValue {
  let value: AttributeValue = { S: 'deep' }
  for (let level = 0; level < levels; level += 1) value = { L: [value] }
  return value
}

async function put(levels: number): Promise<string> {
  const client = dynamoDbClient(local)
  const Item = { key: { S: 'x' }, at: { S: '0' }, data: nested(levels) }
  return client
    .send(new PutItemCommand({ TableName: await tableCalled('Fixture-Table', client), Item }))
    .then(
      () => 'stored',
      (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : 'no error'),
    )
}

it('an item may be nested as deep as DynamoDB takes it', async () => {
  expect(await put(31)).toBe('stored')
})

it.each([40, 1_000])(
  'an item that is nested %i deep is refused, and nothing ends',
  async (levels) => {
    expect(await put(levels)).toMatch(/^ValidationException: Nesting Levels/)
    expect(await put(1)).toBe('stored')
  },
)
