import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { passGate } from './gate.mjs'

const client = new ApiGatewayManagementApiClient({
  endpoint: process.env['CALLBACK_URL'] ?? '',
  maxAttempts: 1,
})

/**
 * Posts each job's `text` to the connection that asked for it. A job may want to wait for a gate,
 * or to fail so many times.
 *
 * @param {{ Records: { messageId: string, body: string, attributes: Record<string, string> }[] }} event
 */
export const handler = async (event) => {
  console.log(JSON.stringify(event))
  const batchItemFailures = []
  for (const { messageId, body, attributes } of event.Records) {
    /** @type {{ to: string, text: string, gate?: string, fails?: number, crash?: boolean }} */
    const { to, text, gate, fails = 0, crash } = JSON.parse(body)
    if (gate !== undefined) await passGate(gate)
    if (crash) throw new Error('the job asked for it')
    if (Number(attributes['ApproximateReceiveCount']) <= fails) {
      batchItemFailures.push({ itemIdentifier: messageId })
    } else {
      await client.send(new PostToConnectionCommand({ ConnectionId: to, Data: text }))
    }
  }
  return { batchItemFailures }
}
