import { arn } from '../template/account.ts'

/** What a DynamoDB call does to what, in IAM's terms. */
export interface DynamoDbCall {
  /** Such as `dynamodb:Scan`. */
  readonly action: string
  /** ARNs of the tables or indexes it touches; `*` for a call that concerns none. */
  readonly resources: readonly string[]
}

const TARGET = /^DynamoDB_20120810\.(\w+)$/

/**
 * @param target the X-Amz-Target header
 * @returns undefined when it is no DynamoDB call
 */
export function readCall(
  target: string | undefined,
  body: Readonly<Record<string, unknown>>,
): DynamoDbCall | undefined {
  const operation = TARGET.exec(target ?? '')?.[1]
  if (operation === undefined) return undefined
  const { TableName, IndexName, RequestItems } = body
  const tables =
    typeof TableName === 'string'
      ? [typeof IndexName === 'string' ? `${TableName}/index/${IndexName}` : TableName]
      : Object.keys(typeof RequestItems === 'object' && RequestItems !== null ? RequestItems : {})
  return {
    action: `dynamodb:${operation}`,
    resources: tables.length > 0 ? tables.map(toArn) : ['*'],
  }
}

function toArn(table: string): string {
  return table.startsWith('arn:') ? table : arn('dynamodb', `table/${table}`)
}
