import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ENVIRONMENT } from '../../lib/environment.ts'
import { ConnectionsTable } from './connections-table.ts'
import { textFrom } from './environment.ts'
import { ManagementApi } from './management-api.ts'
import { Poster } from './poster.ts'
import { SqsQueue } from './sqs-queue.ts'

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
  return new ConnectionsTable(client, textFrom(ENVIRONMENT.connectionsTable))
}

/**
 * The @connections endpoint of this function's environment. It is the stage's own URL, because the
 * domain name in an event is the client's, and behind a custom domain it leads elsewhere.
 */
export function managementApi(): ManagementApi {
  const endpoint = textFrom(ENVIRONMENT.callbackUrl)
  const client = new ApiGatewayManagementApiClient({ endpoint })
  const timeouts = { connectMs: CONNECTION_TIMEOUT_MS, answerMs: REQUEST_TIMEOUT_MS }
  return new ManagementApi(new Poster(client, timeouts))
}

/** The queue whose URL is in this variable. */
export function queue(variable: string): SqsQueue {
  return new SqsQueue(textFrom(variable), async () => {
    const { SQSClient } = await import('@aws-sdk/client-sqs')
    return new SQSClient({ requestHandler })
  })
}
