import {
  CancelMessageMoveTaskCommand,
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import type { Statement } from '../../../local/access/policy.ts'
import type { QueueDefinition } from '../../../local/template/sqs.ts'
import { QUEUE_ARN, TestSqs } from '../../support/queues.ts'

const arnOf = (queueName: string): string => QUEUE_ARN.replace('jobs', queueName)
const DEAD = arnOf('dead')
const redrive = { deadLetterQueueArn: DEAD, maxReceiveCount: 1 }
const named = (queueName: string): Partial<QueueDefinition> => ({
  queueName,
  queueArn: arnOf(queueName),
})

/** Two queues that give up after one receipt, where their messages go, and one that has nothing to do with it. */
const QUEUES = [{ redrive }, { ...named('mail'), redrive }, named('dead'), named('other')]

describe('a task that moves messages', () => {
  it('takes each back to the queue that gave it up', async () => {
    const sqs = await TestSqs.start(QUEUES)
    await giveUp(sqs, 'jobs', 'a job')
    await giveUp(sqs, 'mail', 'a letter')
    const { TaskHandle } = await sqs
      .client()
      .send(new StartMessageMoveTaskCommand({ SourceArn: DEAD }))
    expect(TaskHandle).toMatch(/./)
    await sqs.clock.advance('1 second')
    expect(await bodies(sqs, 'jobs')).toEqual(['a job'])
    expect(await bodies(sqs, 'mail')).toEqual(['a letter'])
    expect(sqs.queues.get(DEAD)?.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
    expect(await tasks(sqs)).toEqual([
      {
        Status: 'COMPLETED',
        SourceArn: DEAD,
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: expect.any(Number),
      },
    ])
    expect(sqs.trace.ofKind('redrive')).toEqual([
      { kind: 'redrive', queueName: 'dead', status: 'COMPLETED', moved: 2 },
    ])
  })

  it('takes all to the queue that it names', async () => {
    const sqs = await TestSqs.start(QUEUES)
    await giveUp(sqs, 'jobs', 'given up')
    await send(sqs, 'dead', 'sent here')
    await move(sqs, { DestinationArn: arnOf('other') })
    expect(await bodies(sqs, 'other')).toEqual(['given up', 'sent here'])
    expect(await tasks(sqs)).toMatchObject([
      { Status: 'COMPLETED', DestinationArn: arnOf('other') },
    ])
  })

  it('makes new messages of them', async () => {
    const sqs = await TestSqs.start(QUEUES)
    const before = await giveUp(sqs, 'jobs', 'a')
    await sqs.clock.advance('1 minute')
    await move(sqs, {})
    const [after] = await receive(sqs, 'jobs')
    expect(after?.MessageId).not.toBe(before?.MessageId)
    expect(after?.Attributes).toMatchObject({ ApproximateReceiveCount: '1' })
    expect(after?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn')
    expect(sentMs(after) - sentMs(before)).toBeGreaterThanOrEqual(60_000)
  })

  it('fails at a message that was sent to the dead-letter queue, and leaves it there', async () => {
    const sqs = await TestSqs.start(QUEUES)
    await giveUp(sqs, 'jobs', 'given up')
    await send(sqs, 'dead', 'sent here')
    await giveUp(sqs, 'jobs', 'given up later')
    await move(sqs, {})
    expect(await tasks(sqs)).toMatchObject([
      {
        Status: 'FAILED',
        FailureReason: 'CouldNotDetermineMessageSource',
        ApproximateNumberOfMessagesMoved: 1,
        ApproximateNumberOfMessagesToMove: 3,
      },
    ])
    expect(await bodies(sqs, 'jobs')).toEqual(['given up'])
    expect(await bodies(sqs, 'dead')).toEqual(['sent here', 'given up later'])
  })

  it('moves no more in a second than it may, and is cancelled in between', async () => {
    const sqs = await TestSqs.start(QUEUES)
    for (const text of 'abcde') await send(sqs, 'dead', text)
    const client = sqs.client()
    const to = { SourceArn: DEAD, DestinationArn: arnOf('other'), MaxNumberOfMessagesPerSecond: 2 }
    const { TaskHandle } = await client.send(new StartMessageMoveTaskCommand(to))
    await sqs.clock.advance(0)
    await sqs.clock.advance('1 second')
    expect(await tasks(sqs)).toMatchObject([
      { Status: 'RUNNING', TaskHandle, MaxNumberOfMessagesPerSecond: 2 },
    ])
    await expect(client.send(new StartMessageMoveTaskCommand(to))).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: expect.stringContaining('Only one active task is allowed'),
    })
    const cancel = new CancelMessageMoveTaskCommand({ TaskHandle })
    expect(await client.send(cancel)).toMatchObject({ ApproximateNumberOfMessagesMoved: 4 })
    await sqs.clock.advance('10 seconds')
    expect(await bodies(sqs, 'other')).toEqual(['a', 'b', 'c', 'd'])
    expect(await bodies(sqs, 'dead')).toEqual(['e'])
    await expect(client.send(cancel)).rejects.toMatchObject({
      name: 'UnsupportedOperation',
      message: 'Only active tasks can be cancelled.',
    })
    expect(await tasks(sqs)).toMatchObject([{ Status: 'CANCELLED' }])
  })

  it('is listed as the latest alone, or with up to ten', async () => {
    const sqs = await TestSqs.start(QUEUES)
    for (let count = 0; count < 11; count += 1) await move(sqs, {})
    expect(await tasks(sqs)).toHaveLength(1)
    expect(await tasks(sqs, 10)).toHaveLength(10)
    await expect(tasks(sqs, 11)).rejects.toThrow('MaxResults is invalid')
  })
})

describe('what no task can move', () => {
  it.each([
    ['a source that is not there', { SourceArn: arnOf('none') }, 'ResourceNotFoundException'],
    [
      'a destination that is not there',
      { SourceArn: DEAD, DestinationArn: arnOf('none') },
      'ResourceNotFoundException',
    ],
    ['a source that is no ARN', { SourceArn: 'dead' }, 'InvalidParameterValue'],
    ['a source that takes no dead letters', { SourceArn: arnOf('other') }, 'InvalidParameterValue'],
    ['a queue to itself', { SourceArn: DEAD, DestinationArn: DEAD }, 'InvalidParameterValue'],
    [
      'less than a message in a second',
      { SourceArn: DEAD, MaxNumberOfMessagesPerSecond: 0 },
      'InvalidParameterValue',
    ],
    [
      'more than 500 messages in a second',
      { SourceArn: DEAD, MaxNumberOfMessagesPerSecond: 501 },
      'InvalidParameterValue',
    ],
  ])('is %s', async (_, input, name) => {
    const sqs = await TestSqs.start(QUEUES)
    const starting = sqs.client().send(new StartMessageMoveTaskCommand(input))
    await expect(starting).rejects.toMatchObject({ name })
  })

  it('starts with 500 messages in a second', async () => {
    const sqs = await TestSqs.start(QUEUES)
    await move(sqs, { MaxNumberOfMessagesPerSecond: 500 })
    expect(await tasks(sqs)).toMatchObject([{ Status: 'COMPLETED' }])
  })

  it('is cancelled by no other handle than its own', async () => {
    const sqs = await TestSqs.start(QUEUES)
    const cancel = (handle: object): Promise<unknown> => {
      const TaskHandle = Buffer.from(JSON.stringify(handle)).toString('base64')
      return sqs.client().send(new CancelMessageMoveTaskCommand({ TaskHandle }))
    }
    await expect(cancel({ taskId: '1', sourceArn: DEAD })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    })
    await expect(cancel({})).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })
})

describe('who moves messages', () => {
  const ON_DEAD = ['StartMessageMoveTask', 'ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes']
  const allow = (names: readonly string[], resource: string): Statement => ({
    effect: 'Allow',
    actions: names.map((name) => `sqs:${name}`),
    resources: [resource],
  })

  it('needs permissions on both queues, and no other', async () => {
    const sqs = await TestSqs.start(QUEUES)
    await send(sqs, 'dead', 'a')
    const client = sqs.client([allow(ON_DEAD, DEAD), allow(['SendMessage'], arnOf('other'))])
    const DestinationArn = arnOf('other')
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: DEAD, DestinationArn }))
    await sqs.clock.advance('1 second')
    expect(await bodies(sqs, 'other')).toEqual(['a'])
  })

  it.each(ON_DEAD)('needs %s on the dead-letter queue', async (missing) => {
    const sqs = await TestSqs.start(QUEUES)
    const left = ON_DEAD.filter((name) => name !== missing)
    const client = sqs.client([allow(left, DEAD), allow(['SendMessage'], '*')])
    await expect(refusal(client, {})).resolves.toContain(
      `perform: sqs:${missing} on resource: ${DEAD}`,
    )
  })

  it('needs SendMessage on each queue that the messages may go to', async () => {
    const sqs = await TestSqs.start(QUEUES)
    const client = sqs.client([allow(ON_DEAD, DEAD), allow(['SendMessage'], arnOf('jobs'))])
    const perform = 'perform: sqs:SendMessage on resource:'
    await expect(refusal(client, {})).resolves.toContain(`${perform} ${arnOf('mail')}`)
    const DestinationArn = arnOf('other')
    await expect(refusal(client, { DestinationArn })).resolves.toContain(
      `${perform} ${DestinationArn}`,
    )
  })
})

type Move = Partial<StartMessageMoveTaskCommand['input']>

async function refusal(client: SQSClient, input: Move): Promise<unknown> {
  const starting = client.send(new StartMessageMoveTaskCommand({ SourceArn: DEAD, ...input }))
  const error: unknown = await starting.catch((e: unknown) => e)
  expect(error).toMatchObject({ name: 'AccessDeniedException' })
  return error instanceof Error ? error.message : undefined
}

/** Starts a task, and waits until it has done what it can. */
async function move(sqs: TestSqs, input: Move): Promise<void> {
  await sqs.client().send(new StartMessageMoveTaskCommand({ SourceArn: DEAD, ...input }))
  await sqs.clock.advance('1 second')
}

async function tasks(sqs: TestSqs, MaxResults?: number): Promise<unknown> {
  const list = new ListMessageMoveTasksCommand({ SourceArn: DEAD, MaxResults })
  const { Results } = await sqs.client().send(list)
  return Results
}

async function send(sqs: TestSqs, queueName: string, MessageBody: string): Promise<void> {
  const QueueUrl = sqs.queueUrl(queueName)
  await sqs.client().send(new SendMessageCommand({ QueueUrl, MessageBody }))
}

/** Sends a message, and receives it until it is in the dead-letter queue. */
async function giveUp(sqs: TestSqs, queueName: string, text: string): Promise<Message | undefined> {
  await send(sqs, queueName, text)
  const [message] = await receive(sqs, queueName)
  await sqs.clock.advance('30 seconds')
  expect(await receive(sqs, queueName)).toEqual([])
  return message
}

async function receive(sqs: TestSqs, queueName: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.client().send(
    new ReceiveMessageCommand({
      QueueUrl: sqs.queueUrl(queueName),
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
    }),
  )
  return Messages
}

async function bodies(sqs: TestSqs, queueName: string): Promise<unknown[]> {
  return (await receive(sqs, queueName)).map(({ Body }) => Body)
}

function sentMs(message: Message | undefined): number {
  return Number(message?.Attributes?.SentTimestamp)
}
