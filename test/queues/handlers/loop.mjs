import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

const client = new SQSClient({ maxAttempts: 1 })

/**
 * Sends each message that still has hops to go to the queue again.
 *
 * @param {{ Records: { body: string }[] }} event
 */
export const handler = async (event) => {
  console.log(JSON.stringify(event))
  console.log(process.env['_X_AMZN_TRACE_ID'])
  for (const { body } of event.Records) {
    const hops = Number(body)
    if (hops === 0) continue
    const QueueUrl = process.env['QUEUE_URL']
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: String(hops - 1) }))
  }
}
