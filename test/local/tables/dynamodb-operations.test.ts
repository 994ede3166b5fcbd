import { describe, expect, it } from 'vitest'
import { readCall } from '../../../local/tables/dynamodb-operations.ts'
import { Account } from '../../../local/template/account.ts'

const account = new Account()
const TABLE = 'arn:aws:dynamodb:us-east-1:000000000000:table/People'

describe('a DynamoDB call', () => {
  it.each([
    ['PutItem', { TableName: 'People' }, [TABLE]],
    ['Scan', { TableName: TABLE }, [TABLE]],
    ['Query', { TableName: 'People', IndexName: 'ByName' }, [`${TABLE}/index/ByName`]],
    [
      'BatchGetItem',
      { RequestItems: { People: {}, Pets: {} } },
      [TABLE, TABLE.replace('People', 'Pets')],
    ],
    ['ListTables', {}, ['*']],
  ])('is judged by what it does to what: %s', (operation, body, resources) => {
    const call = readCall(`DynamoDB_20120810.${operation}`, body, account)
    expect(call).toEqual({ operation, action: `dynamodb:${operation}`, resources })
  })

  it.each([
    ['no target', undefined],
    ['another service', 'AmazonSQS.SendMessage'],
    ['a transaction', 'DynamoDB_20120810.TransactWriteItems'],
    ['PartiQL', 'DynamoDB_20120810.ExecuteStatement'],
  ])('is none that is supported: %s', (_, target) => {
    expect(readCall(target, { TableName: 'People' }, account)).toBeUndefined()
  })
})
