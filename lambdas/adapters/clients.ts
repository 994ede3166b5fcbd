import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ENVIRONMENT } from '../../lib/environment.ts'
import { ConnectionsTable } from './connections-table.ts'
import { ManagementApi } from './management-api.ts'

/** Longest wait for a socket, in milliseconds: endpoints are in the same region. */
const CONNECTION_TIMEOUT_MS = 1_000

/** Longest wait for an answer, in milliseconds: one recipient must not hold up a broadcast. */
const REQUEST_TIMEOUT_MS = 3_000

const requestHandler = {
  connectionTimeout: CONNECTION_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  throwOnRequestTimeout: true,
}

/** The table that this function's environment names. */
export function connectionsTable(): ConnectionsTable {
  const client = new DynamoDBClient({ requestHandler })
  return new ConnectionsTable(client, required(ENVIRONMENT.connectionsTable))
}

/**
 * The @connections endpoint of this function's environment. It is the stage's own URL, because the
 * domain name in an event is the client's, and behind a custom domain it leads elsewhere.
 */
export function managementApi(): ManagementApi {
  const endpoint = required(ENVIRONMENT.callbackUrl)
  // The SDK's own retries would hold a slot of a broadcast for seconds.
  const client = new ApiGatewayManagementApiClient({ endpoint, requestHandler, maxAttempts: 1 })
  return new ManagementApi(client)
}

function required(name: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`the environment variable ${name} is missing`)
  return value
}
