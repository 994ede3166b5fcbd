import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { Local } from '../../local/index.ts'

/** The developer's own clients for a stack that runs locally. */
export function managementClient(local: Local): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint: local.callbackUrl,
    region: 'us-east-1',
    credentials: local.credentials,
    maxAttempts: 1,
  })
}

export function dynamoDbClient(local: Local): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: local.dynamodbUrl,
    region: 'us-east-1',
    credentials: local.credentials,
    maxAttempts: 1,
  })
}

/** The name of the stack's one table. */
export async function onlyTable(client: DynamoDBClient): Promise<string> {
  const { TableNames = [] } = await client.send(new ListTablesCommand({}))
  const [name, ...others] = TableNames
  if (name === undefined || others.length > 0) throw new Error(`tables: ${TableNames.join(', ')}`)
  return name
}

/** Every item of the stack's one table, as it is stored. */
export async function dumpTable(local: Local): Promise<Record<string, unknown>[]> {
  const client = dynamoDbClient(local)
  const { Items = [] } = await client.send(new ScanCommand({ TableName: await onlyTable(client) }))
  return Items
}
