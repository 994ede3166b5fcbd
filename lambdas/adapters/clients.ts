import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { ENVIRONMENT } from '../../lib/environment.ts'
import { ConnectionsTable } from './connections-table.ts'
import { GroupKey } from './group-key.ts'
import { MembershipsTable } from './memberships-table.ts'
import { textFrom } from './environment.ts'
import { lazy } from './lazy.ts'
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

const dynamoDb = lazy(() => new DynamoDBClient({ requestHandler }))

/** The table of connections that this function's environment names. */
export function connectionsTable(): ConnectionsTable {
  return new ConnectionsTable(dynamoDb, textFrom(ENVIRONMENT.connectionsTable))
}

/** The table of rooms and users that this function's environment names. */
export function membershipsTable(): MembershipsTable {
  return new MembershipsTable(dynamoDb, textFrom(ENVIRONMENT.membershipsTable))
}

/** The key of this function's environment, which is looked at when it is needed first. */
export function groupKey(): GroupKey {
  return new GroupKey(() => textFrom(ENVIRONMENT.groupKey))
}

/** For pushing to connections. */
export function managementApi(): ManagementApi {
  const timeouts = { connectMs: CONNECTION_TIMEOUT_MS, answerMs: REQUEST_TIMEOUT_MS }
  return new ManagementApi(new Poster(managementClient(), timeouts))
}

/**
 * Makes clients for the @connections endpoint of this function's environment. It is the stage's own
 * URL, because the domain name in an event is the client's, and behind a custom domain it leads
 * elsewhere.
 */
export function managementClient(): () => ApiGatewayManagementApiClient {
  const endpoint = textFrom(ENVIRONMENT.callbackUrl)
  return () => new ApiGatewayManagementApiClient({ endpoint, requestHandler })
}

/** The queue of the jobs. */
export function deliveryQueue(): SqsQueue {
  return new SqsQueue(textFrom(ENVIRONMENT.deliveryQueueUrl), lazy(newSqsClient))
}

/**
 * The queue of what was given up. A chain of invocations ends there: whoever puts a message back
 * into the delivery queue begins another, which Lambda must not take for the same endless loop.
 */
export function deadLetterQueue(): SqsQueue {
  const client = lazy(() => {
    const sqs = newSqsClient()
    sqs.middlewareStack.remove('recursionDetectionMiddleware')
    return sqs
  })
  return new SqsQueue(textFrom(ENVIRONMENT.deadLetterQueueUrl), client)
}

function newSqsClient(): SQSClient {
  return new SQSClient({ requestHandler })
}
