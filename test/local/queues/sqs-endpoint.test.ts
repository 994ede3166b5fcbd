import { EventEmitter, once } from 'node:events'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Statement } from '../../../local/access/policy.ts'
import { Session, type SessionCall } from '../../../local/access/session.ts'
import { QUEUE_ARN, TestSqs } from '../../support/queues.ts'

const ATTRIBUTES = {
  text: { DataType: 'String', StringValue: 'näh' },
  number: { DataType: 'Number.int', StringValue: '7' },
  bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(1, 2, 255) },
}

describe('SQS', () => {
  it('takes a message and gives it back as it was', async () => {
    const sqs = await TestSqs.start()
    const client = sqs.client()
    const QueueUrl = sqs.queueUrl()
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'hé 🎉', MessageAttributes: ATTRIBUTES }),
    )
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    )
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Body: 'hé 🎉',
      MessageAttributes: ATTRIBUTES,
      Attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.stringMatching(/^AIDA/),
      },
    })
    const { ReceiptHandle } = message ?? {}
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
    expect(sqs.queues.all[0]?.counts.inFlight).toBe(0)
  })

  it('gives the attributes that were asked for alone', async () => {
    const sqs = await TestSqs.start()
    const client = sqs.client()
    const QueueUrl = sqs.queueUrl()
    await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'a', MessageAttributes: ATTRIBUTES }),
    )
    const receive = async (MessageAttributeNames: string[]): Promise<string[]> => {
      const { Messages: [message] = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MessageAttributeNames,
          MessageSystemAttributeNames: ['SenderId'],
          VisibilityTimeout: 0,
        }),
      )
      return [message?.MessageAttributes, message?.Attributes].flatMap((attributes) =>
        Object.keys(attributes ?? {}),
      )
    }
    expect(await receive([])).toEqual(['SenderId'])
    expect(await receive(['text'])).toEqual(['text', 'SenderId'])
    expect(await receive(['nu.*'])).toEqual(['number', 'SenderId'])
    expect(await receive(['.*'])).toEqual(['text', 'number', 'bytes', 'SenderId'])
  })

  it('carries out the entries of a batch, each by itself', async () => {
    const sqs = await TestSqs.start([{ maximumMessageBytes: 1_024 }])
    const client = sqs.client()
    const QueueUrl = sqs.queueUrl()
    const { Successful, Failed } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: 'good', MessageBody: 'a' },
          { Id: 'long', MessageBody: 'x'.repeat(1_025) },
          { Id: 'late', MessageBody: 'b', DelaySeconds: 10 },
        ],
      }),
    )
    expect(Successful?.map(({ Id }) => Id)).toEqual(['good', 'late'])
    expect(Failed).toMatchObject([{ Id: 'long', SenderFault: true, Code: 'InvalidParameterValue' }])
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    )
    const handle = Messages[0]?.ReceiptHandle
    const changes = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [{ Id: '1', ReceiptHandle: handle, VisibilityTimeout: 0 }],
      }),
    )
    expect(changes.Successful).toEqual([{ Id: '1' }])
    const deletions = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: '1', ReceiptHandle: handle },
          { Id: '2', ReceiptHandle: 'none' },
        ],
      }),
    )
    expect(deletions.Successful).toEqual([{ Id: '1' }])
    expect(deletions.Failed).toMatchObject([{ Id: '2', Code: 'ReceiptHandleIsInvalid' }])
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 0, inFlight: 0, delayed: 1 })
  })

  it('waits for a message, if the caller or the queue says so', async () => {
    const sqs = await TestSqs.start([{ receiveWaitSeconds: 20 }])
    const client = sqs.client()
    const QueueUrl = sqs.queueUrl()
    const polling = client.send(new ReceiveMessageCommand({ QueueUrl }))
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }))
    expect((await polling).Messages).toMatchObject([{ Body: 'a' }])
    const short = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }))
    expect(short.Messages).toBeUndefined()
  })

  it('receives nothing for a caller that has gone while it waited', async () => {
    const sqs = await TestSqs.start()
    const session = new WatchedSession('Chat-Work', sqs.trace)
    const role = { roleName: 'Role', roleArn: 'arn:role', trustedServices: [], statements: [ALL] }
    const [credentials] = sqs.identities.assumeRole(role, 'session', session)
    const client = new SQSClient({ endpoint: sqs.url, region: 'us-east-1', credentials })
    onTestFinished(() => client.destroy())
    const input = { QueueUrl: sqs.queueUrl(), WaitTimeSeconds: 20 }
    const caller = new AbortController()
    const polling = client.send(new ReceiveMessageCommand(input), { abortSignal: caller.signal })
    await session.started
    caller.abort()
    await expect(polling).rejects.toThrow()
    await session.ended
    await sqs.client().send(new SendMessageCommand({ ...input, MessageBody: 'a' }))
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 1, inFlight: 0, delayed: 0 })
  })

  it('knows its queues by name, and says what they are', async () => {
    const redrive = { deadLetterQueueArn: `${QUEUE_ARN}-dead`, maxReceiveCount: 3 }
    const dead = { queueName: 'jobs-dead', queueArn: `${QUEUE_ARN}-dead` }
    const sqs = await TestSqs.start([{ redrive }, dead])
    const client = sqs.client()
    const QueueUrl = sqs.queueUrl()
    expect(await client.send(new GetQueueUrlCommand({ QueueName: 'jobs' }))).toMatchObject({
      QueueUrl,
    })
    const all = await client.send(new ListQueuesCommand({}))
    expect(all.QueueUrls).toEqual([QueueUrl, sqs.queueUrl('jobs-dead')])
    const some = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'jobs-' }))
    expect(some.QueueUrls).toEqual([sqs.queueUrl('jobs-dead')])
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    )
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      VisibilityTimeout: '30',
      QueueArn: QUEUE_ARN,
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `${QUEUE_ARN}-dead`,
        maxReceiveCount: 3,
      }),
    })
  })

  it('is found by the URL of a queue alone, and by AWS_ENDPOINT_URL_SQS', async () => {
    const sqs = await TestSqs.start()
    const settings = { region: 'us-east-1', credentials: sqs.credentials(), maxAttempts: 1 }
    const send = async (): Promise<unknown> => {
      const client = new SQSClient({ ...settings, logger: quiet })
      onTestFinished(() => client.destroy())
      return client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(), MessageBody: 'a' }))
    }
    await expect(send()).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } })
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', sqs.url)
    onTestFinished(() => void vi.unstubAllEnvs())
    await expect(send()).resolves.toMatchObject({ $metadata: { httpStatusCode: 200 } })
    const client = new SQSClient(settings)
    onTestFinished(() => client.destroy())
    const found = await client.send(new ListQueuesCommand({}))
    expect(found.QueueUrls).toEqual([sqs.queueUrl()])
  })
})

const ALL: Statement = { effect: 'Allow', actions: ['*'], resources: ['*'] }

/** Tells when a call has arrived, and when it is over. */
class WatchedSession extends Session {
  readonly #calls = new EventEmitter()
  readonly started = once(this.#calls, 'start')
  readonly ended = once(this.#calls, 'end')

  override callStarts(call: SessionCall): void {
    super.callStarts(call)
    this.#calls.emit('start')
  }

  override callDropped(call: SessionCall): void {
    super.callDropped(call)
    this.#calls.emit('end')
  }
}

/** Says nothing of a QueueUrl that is not AWS's own. */
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
