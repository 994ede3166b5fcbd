import type { APIGatewayProxyWebsocketHandlerV2, Context, SQSHandler, SQSRecord } from 'aws-lambda'
import { expect } from 'vitest'

type WebSocketEvent = Parameters<APIGatewayProxyWebsocketHandlerV2>[0]

/** An event of API Gateway, with what the handlers read and plausible values for the rest. */
export function webSocketEvent(
  connectionId: string,
  fields: {
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
    /** What the authorizer's context has become in an event. */
    readonly authorizer?: Readonly<Record<string, string>>
  } = {},
): WebSocketEvent {
  const { authorizer, ...others } = fields
  return {
    ...others,
    isBase64Encoded: false,
    requestContext: {
      // The type does not know of it.
      ...(authorizer && { authorizer }),
      routeKey: 'sendmessage',
      messageId: 'U9ZuDdjOoAMCFSg=',
      eventType: 'MESSAGE',
      extendedRequestId: 'U9ZuDHwsoAMFcmA=',
      requestTime: '01/Jan/2026:00:00:00 +0000',
      messageDirection: 'IN',
      stage: 'prod',
      connectedAt: 1_767_225_600_000,
      requestTimeEpoch: 1_767_225_600_000,
      requestId: 'U9ZuDHwsoAMFcmA=',
      domainName: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
      connectionId,
      apiId: 'abcdefghij',
    },
  }
}

/** Calls a handler as Lambda does and returns its answer. */
export async function invoke(
  handler: APIGatewayProxyWebsocketHandlerV2,
  event: WebSocketEvent,
  remainingMs?: number,
): Promise<unknown> {
  const answer: unknown = await handler(event, contextWith(remainingMs), () => {})
  return answer
}

/** The reply's frame, of a handler that must answer 200 with nothing but a body. */
export async function replyOf(
  handler: APIGatewayProxyWebsocketHandlerV2,
  event: WebSocketEvent,
  remainingMs?: number,
): Promise<unknown> {
  const answer = await invoke(handler, event, remainingMs)
  expect(answer).toEqual({ statusCode: 200, body: expect.any(String) })
  const { body } = Object(answer)
  return JSON.parse(String(body))
}

/** Calls a queue's handler with messages of these bodies: `message-0`, `message-1` … */
export async function invokeWithJobs(
  handler: SQSHandler,
  jobs: readonly unknown[],
  remainingMs?: number,
): Promise<unknown> {
  const Records = jobs.map((job, index) =>
    queueRecord(`message-${index}`, typeof job === 'string' ? job : JSON.stringify(job)),
  )
  const answer: unknown = await handler({ Records }, contextWith(remainingMs), () => {})
  return answer
}

function queueRecord(messageId: string, body: string): SQSRecord {
  return {
    messageId,
    body,
    receiptHandle: 'receipt',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1767225600000',
      SenderId: 'AROAEXAMPLE:Function',
      ApproximateFirstReceiveTimestamp: '1767225600000',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs',
    awsRegion: 'us-east-1',
  }
}

export function contextWith(remainingMs = 29_000): Context {
  return { ...CONTEXT, getRemainingTimeInMillis: () => remainingMs }
}

const CONTEXT: Context = {
  callbackWaitsForEmptyEventLoop: true,
  functionName: 'function',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:function',
  memoryLimitInMB: '512',
  awsRequestId: '00000000-0000-0000-0000-000000000000',
  logGroupName: '/aws/lambda/function',
  logStreamName: '2026/01/01/[$LATEST]0',
  getRemainingTimeInMillis: () => 29_000,
  done: () => {},
  fail: () => {},
  succeed: () => {},
}
