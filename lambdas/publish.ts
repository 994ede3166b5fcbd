import { randomUUID } from 'node:crypto'
import type { LambdaFunctionURLHandler } from 'aws-lambda'
import { deliveryQueue } from './adapters/clients.ts'
import { report } from './adapters/report.ts'
import { publishRequest } from './core/publish-request.ts'

const queue = deliveryQueue()

/** The HTTP door for backends: IAM has let the caller in. */
export const handler: LambdaFunctionURLHandler = async (event) => {
  const { requestContext, body = '', isBase64Encoded } = event
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
  const { status, answer } = await publishRequest(requestContext.http.method, text, {
    queue,
    newMessageId: () => randomUUID(),
    report,
  })
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(answer),
  }
}
