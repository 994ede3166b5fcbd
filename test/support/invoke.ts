import type { APIGatewayProxyWebsocketHandlerV2, Context } from 'aws-lambda'

type WebSocketEvent = Parameters<APIGatewayProxyWebsocketHandlerV2>[0]

/** An event of API Gateway, with what the handlers read and plausible values for the rest. */
export function webSocketEvent(
  connectionId: string,
  fields: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): WebSocketEvent {
  return {
    ...fields,
    isBase64Encoded: false,
    requestContext: {
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
): Promise<unknown> {
  const answer: unknown = await handler(event, CONTEXT, () => {})
  return answer
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
