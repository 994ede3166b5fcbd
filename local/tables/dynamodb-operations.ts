import type { ServiceCall } from '../access/service-door.ts'
import { asJsonObject, type JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'

/** What a call does to which tables or indexes. */
export type DynamoDbCall = ServiceCall

/** What the embedded store does not have, and what IAM judges by other actions than its name. */
const UNSUPPORTED = new Set([
  'BatchExecuteStatement',
  'ExecuteStatement',
  'ExecuteTransaction',
  'TransactGetItems',
  'TransactWriteItems',
  'UpdateTimeToLive',
])

const TARGET = /^DynamoDB_20120810\.(\w+)$/

/**
 * @param target the X-Amz-Target header
 * @returns undefined when it is no DynamoDB call, or one that is not supported locally
 */
export function readCall(
  target: string | undefined,
  body: JsonObject,
  account: Account,
): DynamoDbCall | undefined {
  const operation = TARGET.exec(target ?? '')?.[1]
  if (operation === undefined || UNSUPPORTED.has(operation)) return undefined
  const { TableName, IndexName, RequestItems } = body
  const tables =
    typeof TableName === 'string'
      ? [typeof IndexName === 'string' ? `${TableName}/index/${IndexName}` : TableName]
      : Object.keys(asJsonObject(RequestItems))
  return {
    operation,
    action: `dynamodb:${operation}`,
    resources: tables.length > 0 ? tables.map((table) => toArn(table, account)) : ['*'],
  }
}

function toArn(table: string, account: Account): string {
  return table.startsWith('arn:') ? table : account.arn('dynamodb', `table/${table}`)
}
