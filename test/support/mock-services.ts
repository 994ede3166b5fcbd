import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, beforeEach, vi } from 'vitest'
import { answering, type Answer, type AnsweringServer } from './http-answers.ts'

export const NOW_SECONDS = 1_767_225_600

const ENVIRONMENT = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_LAMBDA_FUNCTION_NAME: 'Handler',
  CONNECTIONS_TABLE: 'Connections',
  MEMBERSHIPS_TABLE: 'Memberships',
  GROUP_KEY: 'a key',
  CALLBACK_URL: 'https://api.example/prod',
  DELIVERY_QUEUE_URL: 'https://sqs.example/jobs',
  DEAD_LETTER_QUEUE_URL: 'https://sqs.example/dead',
  INLINE_LIMIT: '2',
  CHUNK_SIZE: '2',
  POSTS_PER_SECOND: '8000',
  MESSAGES_PER_SECOND: '0',
  MESSAGE_BURST: '0',
}

/** Mocks DynamoDB and SQS for the handlers, which read their environment when they are loaded. */
export function mockServices() {
  const dynamoDb = mockClient(DynamoDBClient)
  const sqs = mockClient(SQSClient)
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW_SECONDS * 1_000 + 999, toFake: ['Date'] })
    for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value)
    vi.resetModules()
    dynamoDb.reset()
    dynamoDb.rejects(new Error('no such command is expected'))
    sqs.reset()
    sqs.on(SendMessageBatchCommand).resolves({})
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllEnvs()
  })
  afterAll(() => {
    dynamoDb.restore()
    sqs.restore()
  })
  return {
    dynamoDb,
    sqs,
    dynamoDbInputs: (): unknown[] => dynamoDb.calls().map((call) => call.args[0].input),
    /** What was sent to the queues, read as far as it is JSON. */
    queued: (): unknown[] =>
      sqs.commandCalls(SendMessageBatchCommand).flatMap(({ args: [{ input }] }) =>
        (input.Entries ?? []).map(({ MessageBody = '', DelaySeconds }) => ({
          queue: input.QueueUrl?.split('/').at(-1),
          job: MessageBody.startsWith('{') ? JSON.parse(MessageBody) : MessageBody,
          delaySeconds: DelaySeconds,
        })),
      ),
  }
}

/** A connection's item, as far as a Scan has it. */
export function item(connectionId: string) {
  return { connectionId: { S: connectionId } }
}

/** A management API that answers so, as the endpoint of the function that is loaded next. */
export async function managementApi(answer: Answer): Promise<AnsweringServer> {
  const server = await answering(answer)
  vi.stubEnv('CALLBACK_URL', `${server.url}/prod`)
  return server
}

/** What was posted, in the order of the paths: posts of a broadcast come in any. */
export function postsTo({ requests }: AnsweringServer): unknown[] {
  return requests
    .map(({ path, body }) => ({ path, body }))
    .toSorted((one, other) => one.path.localeCompare(other.path))
}
