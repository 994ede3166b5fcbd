import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import { expect } from 'vitest'
import type { Local } from '../../local/index.ts'
import type { TestClient } from '../support/client.ts'

/** What a client asks for. */
export interface Job {
  readonly text?: string
  /** The file that it waits for. */
  readonly gate?: string
  /** How many times it is reported as failed. */
  readonly fails?: number
  /** The whole batch fails. */
  readonly crash?: boolean
}

/** Has jobs sent to a queue, and waits until they are there. */
export async function sendJobs(
  client: TestClient,
  queue: 'JOBS' | 'PAIR' | 'WINDOW',
  jobs: readonly Job[],
  delaySeconds?: number,
): Promise<void> {
  client.send({ queue, jobs, delaySeconds })
  expect(await client.nextText()).toBe(JSON.stringify({ sent: jobs.length }))
}

/** The events that a queue's function has received so far. */
export function batches(local: Local, queue: string): readonly (readonly SQSRecord[])[] {
  return local.trace
    .ofKind('log')
    .filter(({ source, functionName }) => {
      return source === 'function' && functionName.startsWith(`Queues-Work${queue}`)
    })
    .flatMap(({ line }) => {
      // Lambda's own columns: time, request, level.
      const [, , , text] = line.split('\t')
      if (text?.startsWith('{"Records"') !== true) return []
      const event: SQSEvent = JSON.parse(text)
      return [event.Records]
    })
}

/** @param id what the queue's logical id begins with */
export function queueUrl(local: Local, id: string): string {
  const { queues } = local.app
  const queue = queues.find(({ queueName }) => queueName.split('-')[1]?.startsWith(id))
  if (!queue) throw new Error(`no queue ${id}`)
  return `${local.queuesUrl}/${local.app.account.accountId}/${queue.queueName}`
}

/** The developer's own client. */
export function sqsClient(local: Local): SQSClient {
  const { queuesUrl: endpoint, credentials } = local
  return new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
}

/** How many messages a queue holds. */
export async function counts(local: Local, id: string): Promise<string> {
  const { Attributes = {} } = await sqsClient(local).send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl(local, id), AttributeNames: ['All'] }),
  )
  const visible = Attributes['ApproximateNumberOfMessages']
  const inFlight = Attributes['ApproximateNumberOfMessagesNotVisible']
  return `${visible} visible, ${inFlight} in flight`
}
