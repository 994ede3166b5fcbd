import { createHash } from 'node:crypto'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { md5OfAttributes } from '../../../local/queues/message.ts'
import { TestSqs } from '../../support/queues.ts'

const missing = ['MissingRequiredParameterException', 'MissingParameter'] as const
const serialization = ['SerializationException', 'SerializationException'] as const
const invalid = ['InvalidParameterValueException', 'InvalidParameterValue'] as const

describe('an error of SQS', () => {
  it.each<[string, (client: SQSClient, QueueUrl: string) => Promise<unknown>]>([
    [
      'QueueDoesNotExist',
      (client, QueueUrl) => client.send(new PurgeQueueCommand({ QueueUrl: `${QueueUrl}x` })),
    ],
    ['QueueDoesNotExist', (client) => client.send(new GetQueueUrlCommand({ QueueName: 'none' }))],
    [
      'InvalidAddress',
      (client) => client.send(new PurgeQueueCommand({ QueueUrl: 'http://localhost/jobs' })),
    ],
    [
      'ReceiptHandleIsInvalid',
      (client, QueueUrl) =>
        client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'none' })),
    ],
    [
      'ReceiptHandleIsInvalid',
      (client, QueueUrl) =>
        client.send(
          new ChangeMessageVisibilityCommand({
            QueueUrl,
            ReceiptHandle: 'none',
            VisibilityTimeout: 1,
          }),
        ),
    ],
    [
      'EmptyBatchRequest',
      (client, QueueUrl) => client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] })),
    ],
    ['TooManyEntriesInBatchRequest', (client, QueueUrl) => client.send(batchOf(QueueUrl, 11))],
    ['BatchRequestTooLong', (client, QueueUrl) => client.send(batchOf(QueueUrl, 2, 524_289))],
    [
      'BatchEntryIdsNotDistinct',
      (client, QueueUrl) => client.send(batchOf(QueueUrl, 2, 1, () => 'same')),
    ],
    [
      'InvalidBatchEntryId',
      (client, QueueUrl) => client.send(batchOf(QueueUrl, 1, 1, () => 'a b')),
    ],
    [
      'InvalidMessageContents',
      (client, QueueUrl) =>
        client.send(new SendMessageCommand({ QueueUrl, MessageBody: '\u0000' })),
    ],
    [
      'PurgeQueueInProgress',
      async (client, QueueUrl) => {
        await client.send(new PurgeQueueCommand({ QueueUrl }))
        return client.send(new PurgeQueueCommand({ QueueUrl }))
      },
    ],
  ])('arrives at the SDK by its name: %s', async (name, call) => {
    const sqs = await TestSqs.start()
    const error: unknown = await call(sqs.client(), sqs.queueUrl()).catch((e: unknown) => e)
    expect(error).toMatchObject({ name })
  })

  it('is none for the largest batch', async () => {
    const sqs = await TestSqs.start()
    const client = sqs.client()
    const { Successful } = await client.send(batchOf(sqs.queueUrl(), 10))
    expect(Successful).toHaveLength(10)
    expect((await client.send(batchOf(sqs.queueUrl(), 2, 524_288))).Successful).toHaveLength(2)
  })
})

function batchOf(
  QueueUrl: string,
  count: number,
  bytes = 1,
  idOf = (index: number): string => `${index}`,
): SendMessageBatchCommand {
  const Entries = Array.from({ length: count }, (_, index) => ({
    Id: idOf(index),
    MessageBody: 'x'.repeat(bytes),
  }))
  return new SendMessageBatchCommand({ QueueUrl, Entries })
}

describe('input that the SDK would not send', () => {
  it.each<[string, string, object, string, string]>([
    ['no queue', 'SendMessage', { QueueUrl: '', MessageBody: 'a' }, ...missing],
    ['no body', 'SendMessage', {}, ...missing],
    ['an empty body', 'SendMessage', { MessageBody: '' }, ...missing],
    ['a body that is no text', 'SendMessage', { MessageBody: 7 }, ...serialization],
    [
      'a delay that is text',
      'SendMessage',
      { MessageBody: 'a', DelaySeconds: '1' },
      ...serialization,
    ],
    ['a delay below 0', 'SendMessage', { MessageBody: 'a', DelaySeconds: -1 }, ...invalid],
    ['a delay over 15 minutes', 'SendMessage', { MessageBody: 'a', DelaySeconds: 901 }, ...invalid],
    [
      'a delay that is not whole',
      'SendMessage',
      { MessageBody: 'a', DelaySeconds: 1.5 },
      ...serialization,
    ],
    [
      'a FIFO deduplication',
      'SendMessage',
      { MessageBody: 'a', MessageDeduplicationId: 'x' },
      ...invalid,
    ],
    ['no message', 'ReceiveMessage', { MaxNumberOfMessages: 0 }, ...invalid],
    ['eleven messages', 'ReceiveMessage', { MaxNumberOfMessages: 11 }, ...invalid],
    ['a wait over 20 s', 'ReceiveMessage', { WaitTimeSeconds: 21 }, ...invalid],
    ['invisible for over 12 h', 'ReceiveMessage', { VisibilityTimeout: 43_201 }, ...invalid],
    ['names that are no list', 'ReceiveMessage', { AttributeNames: 'All' }, ...serialization],
    ['no handle', 'DeleteMessage', {}, ...missing],
    ['no timeout', 'ChangeMessageVisibility', { ReceiptHandle: 'x' }, ...missing],
    [
      'no entries',
      'SendMessageBatch',
      {},
      'EmptyBatchRequest',
      'AWS.SimpleQueueService.EmptyBatchRequest',
    ],
    ['an entry that is none', 'SendMessageBatch', { Entries: [7] }, ...missing],
    [
      'an unknown attribute',
      'GetQueueAttributes',
      { AttributeNames: ['All', 'No'] },
      'InvalidAttributeName',
      'InvalidAttributeName',
    ],
    [
      'another action',
      'CreateQueue',
      { QueueName: 'x' },
      'UnknownOperationException',
      'InvalidAction',
    ],
    [
      'an action that JavaScript knows',
      'toString',
      {},
      'UnknownOperationException',
      'InvalidAction',
    ],
  ])('is refused: %s', async (_, operation, input, type, code) => {
    const sqs = await TestSqs.start()
    const answer = await sqs.call(operation, { QueueUrl: sqs.queueUrl(), ...input })
    expect(answer.body).toMatchObject({ __type: `com.amazonaws.sqs#${type}` })
    expect(answer.headers.get('x-amzn-query-error')).toBe(`${code};Sender`)
    expect(answer.status).toBe(400)
  })

  it('is refused when it is for another service, which is named', async () => {
    const sqs = await TestSqs.start()
    const headers = { 'X-Amz-Target': 'secretsmanager.GetSecretValue' }
    const answer = await fetch(sqs.url, { method: 'POST', headers, body: '{}' })
    expect(await answer.json()).toMatchObject({
      message: 'secretsmanager.GetSecretValue is not supported locally',
    })
  })

  it.each([['{'], ['[]'], ['null'], ['']])('is refused: %s', async (body) => {
    const sqs = await TestSqs.start()
    const answer = await sqs.call('SendMessage', body)
    expect(answer.body).toMatchObject({ __type: 'com.amazonaws.sqs#SerializationException' })
  })
})

describe('a message attribute', () => {
  const string = { DataType: 'String', StringValue: 'x' }
  it.each<[string, Record<string, object>]>([
    ['a name with a space', { 'a b': string }],
    ['a name that begins with a dot', { '.a': string }],
    ['a name with two dots', { 'a..b': string }],
    ["a name that is AWS's", { 'aws.a': string }],
    ['a name of 257 characters', { ['a'.repeat(257)]: string }],
    ['another type', { a: { DataType: 'string', StringValue: 'x' } }],
    ['an empty text', { a: { DataType: 'String', StringValue: '' } }],
    ['no bytes', { a: { DataType: 'Binary', StringValue: 'x' } }],
    ['a number that is none', { a: { DataType: 'Number', StringValue: 'x' } }],
    ['eleven of them', Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`a${i}`, string]))],
  ])('is refused: %s', async (_, MessageAttributes) => {
    const sqs = await TestSqs.start()
    const QueueUrl = sqs.queueUrl()
    const answer = await sqs.call('SendMessage', { QueueUrl, MessageBody: 'a', MessageAttributes })
    expect(answer.headers.get('x-amzn-query-error')).toBe('InvalidParameterValue;Sender')
  })

  it('counts with its name and type for the limit of a message', async () => {
    const sqs = await TestSqs.start([{ maximumMessageBytes: 1_024 }])
    const send = (bytes: number): Promise<unknown> =>
      sqs.client().send(
        new SendMessageCommand({
          QueueUrl: sqs.queueUrl(),
          MessageBody: 'x'.repeat(bytes),
          MessageAttributes: { name: { DataType: 'String', StringValue: 'value' } },
        }),
      )
    const room = 1_024 - 'name'.length - 'String'.length - 'value'.length
    await expect(send(room)).resolves.toBeDefined()
    await expect(send(room + 1)).rejects.toThrow('Message must be shorter than 1024 bytes')
  })

  it('is in the MD5 by which an SDK checks what has arrived', () => {
    // As AWS's own documentation of the algorithm has it, written out by hand.
    const expected = createHash('md5')
      .update(Buffer.from('\0\0\0\u0001a\0\0\0\u0006String\u0001\0\0\0\u0001x'))
      .update(Buffer.from('\0\0\0\u0001b\0\0\0\u0006Binary\u0002\0\0\0\u0001y'))
      .digest('hex')
    const attributes = new Map([
      ['b', { dataType: 'Binary', value: Buffer.from('y') }],
      ['a', { dataType: 'String', value: 'x' }],
    ])
    expect(md5OfAttributes(attributes)).toBe(expected)
    // A value that botocore's users have seen from AWS.
    const timestamp = { dataType: 'Number', value: '1493147359900' }
    expect(md5OfAttributes(new Map([['timestamp', timestamp]]))).toBe(
      '235c5c510d26fb653d073faed50ae77c',
    )
  })
})
