import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import type { Credentials, Local } from '../../local/index.ts'

/** A stage that the developer may call: a stack that runs locally is one. */
export interface Backend {
  readonly callbackUrl: string
  /** @default 'us-east-1' */
  readonly region?: string
  /** @default - where the SDK finds them */
  readonly credentials?: Credentials
}

export function managementClient(backend: Backend): ApiGatewayManagementApiClient {
  const { callbackUrl, region = 'us-east-1', credentials } = backend
  return new ApiGatewayManagementApiClient({
    endpoint: callbackUrl,
    region,
    ...(credentials && { credentials }),
    maxAttempts: 1,
  })
}

/** The developer's own client for the tables of a stack that runs locally. */
export function dynamoDbClient(local: Local): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: local.dynamodbUrl,
    region: 'us-east-1',
    credentials: local.credentials,
    maxAttempts: 1,
  })
}

/** The name of the stack's one table that is called so; the last is of test/gateway/fixture. */
export async function tableCalled(
  name: 'Connections' | 'Memberships' | 'Fixture-Table',
  client: DynamoDBClient,
): Promise<string> {
  const { TableNames = [] } = await client.send(new ListTablesCommand({}))
  const [found, ...others] = TableNames.filter((each) => each.includes(name))
  if (found === undefined || others.length > 0) throw new Error(`tables: ${TableNames.join(', ')}`)
  return found
}

/** Every item of a table of the stack, as it is stored. */
export async function dumpTable(
  local: Local,
  name: 'Connections' | 'Memberships' = 'Connections',
): Promise<Record<string, unknown>[]> {
  const client = dynamoDbClient(local)
  const TableName = await tableCalled(name, client)
  const { Items = [] } = await client.send(new ScanCommand({ TableName }))
  return Items
}

/** A connectionId as API Gateway makes them, of a connection that never was. */
export function wellFormedId(index: number): string {
  return `${String(index).padStart(15, 'A')}=`
}

/** The item of a connection that was made an hour ago, and could be there for an hour more. */
export function itemOf(connectionId: string, nowMs = Date.now()) {
  return {
    connectionId: { S: connectionId },
    expiresAt: { N: String(Math.floor(nowMs / 1000) + 3_600) },
    tat: { N: String(nowMs - 3_600_000) },
  }
}
