import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'

const client = new SQSClient({ maxAttempts: 1 })

/**
 * Sends each of the message's `jobs` to its queue, with the connection that asked for them.
 *
 * @param {{ body: string, requestContext: { connectionId: string } }} event
 */
export const handler = async (event) => {
  /** @type {{ queue: string, jobs: object[], delaySeconds?: number }} */
  const { queue, jobs, delaySeconds } = JSON.parse(event.body)
  const to = event.requestContext.connectionId
  const Entries = jobs.map((job, index) => ({
    Id: String(index),
    MessageBody: JSON.stringify({ ...job, to }),
    MessageAttributes: { kind: { DataType: 'String', StringValue: 'job' } },
    ...(delaySeconds !== undefined && { DelaySeconds: delaySeconds }),
  }))
  const QueueUrl = process.env[`${queue}_URL`]
  const outcome = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries })).then(
    ({ Failed = [] }) => ({ sent: Entries.length - Failed.length }),
    (/** @type {Error} */ error) => ({ error: error.name }),
  )
  return { statusCode: 200, body: JSON.stringify(outcome) }
}
