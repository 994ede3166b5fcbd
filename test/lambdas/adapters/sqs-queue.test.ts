import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { SqsQueue } from '../../../lambdas/adapters/sqs-queue.ts'

const MEBIBYTE = 1_048_576

// Between the attempts.
const pauses: number[] = []

const sqs = mockClient(SQSClient)
afterAll(() => sqs.restore())
const client = new SQSClient({ region: 'us-east-1' })
let queue: SqsQueue

const pause = (milliseconds: number): Promise<void> => {
  pauses.push(milliseconds)
  return Promise.resolve()
}

beforeEach(() => {
  pauses.length = 0
  sqs.reset()
  sqs.on(SendMessageBatchCommand).resolves({})
  queue = new SqsQueue('https://sqs.example/jobs', () => client, pause)
})

describe('a queue in SQS', () => {
  it('sends messages with their delay', async () => {
    await queue.send(['one', 'two'], 900)
    expect(inputs()).toEqual([
      {
        QueueUrl: 'https://sqs.example/jobs',
        Entries: [
          { Id: '0', MessageBody: 'one', DelaySeconds: 900 },
          { Id: '1', MessageBody: 'two', DelaySeconds: 900 },
        ],
      },
    ])
  })

  it('sends them without a delay when none is asked for', async () => {
    await queue.send(['one'])
    expect(inputs()).toMatchObject([{ Entries: [{ DelaySeconds: 0 }] }])
  })

  it.each([
    { messages: 10, batches: [10] },
    { messages: 11, batches: [10, 1] },
    { messages: 25, batches: [10, 10, 5] },
  ])('sends $messages messages in batches of ten: $batches', async ({ messages, batches }) => {
    const bodies = texts(messages)
    await queue.send(bodies)
    expect(sent().map(({ length }) => length)).toEqual(batches)
    expect(sent().flat()).toEqual(bodies)
  })

  it.each([
    { name: 'exactly 1 MiB', bytes: [MEBIBYTE - 1, 1], batches: [2] },
    { name: 'a byte more', bytes: [MEBIBYTE - 1, 2], batches: [1, 1] },
    { name: '1 MiB and others', bytes: [1, MEBIBYTE, 1, 1], batches: [1, 1, 2] },
    { name: 'a message that is too large', bytes: [MEBIBYTE + 1], batches: [1] },
  ])('sends $name in batches of $batches', async ({ bytes, batches }) => {
    await queue.send(bytes.map((count) => 'x'.repeat(count)))
    expect(sent().map(({ length }) => length)).toEqual(batches)
  })

  it('counts bytes of UTF-8 and not characters', async () => {
    const half = 'é'.repeat(MEBIBYTE / 4)
    await queue.send([half, half, 'x'])
    expect(sent().map(({ length }) => length)).toEqual([2, 1])
  })

  it('has five batches under way, and never more', async () => {
    let [underWay, most] = [0, 0]
    sqs.on(SendMessageBatchCommand).callsFake(async () => {
      underWay += 1
      most = Math.max(most, underWay)
      await new Promise((resolve) => setImmediate(resolve))
      underWay -= 1
      return {}
    })
    await queue.send(texts(120))
    expect(most).toBe(5)
  })
})

describe('messages that SQS could not take', () => {
  const failed = (...ids: string[]) => ({
    Failed: ids.map((Id) => ({ Id, Code: 'InternalError', SenderFault: false })),
  })

  it('are offered again, and the others are not', async () => {
    sqs
      .on(SendMessageBatchCommand)
      .resolvesOnce(failed('1', '2'))
      .resolvesOnce(failed('2'))
      .resolves({})
    await queue.send(['a', 'b', 'c', 'd'])
    expect(sent()).toEqual([['a', 'b', 'c', 'd'], ['b', 'c'], ['c']])
  })

  it('are given up after four attempts, with pauses between them', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    sqs.on(SendMessageBatchCommand).resolves(failed('1'))
    await expect(queue.send(['a', 'b'])).rejects.toThrow(
      'SQS did not take 1 messages: InternalError',
    )
    expect(sent()).toEqual([['a', 'b'], ['b'], ['b'], ['b']])
    expect(pauses).toEqual([50, 100, 200])
  })

  it('may be taken by the fourth attempt', async () => {
    sqs
      .on(SendMessageBatchCommand)
      .resolvesOnce(failed('0'))
      .resolvesOnce(failed('0'))
      .resolvesOnce(failed('0'))
      .resolves({})
    await queue.send(['a'])
    expect(sent()).toHaveLength(4)
  })

  it('are never in the error, which the log shows', async () => {
    sqs.on(SendMessageBatchCommand).resolves(failed('0'))
    await expect(queue.send(['Alice'])).rejects.not.toThrow('Alice')
  })

  it('reject with what the SDK says when a whole call fails', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error('AccessDenied'))
    await expect(queue.send(['a'])).rejects.toThrow('AccessDenied')
    expect(sent()).toHaveLength(1)
  })
})

function texts(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `message ${index}`)
}

function inputs(): unknown[] {
  return sqs.calls().map((call) => call.args[0].input)
}

/** The bodies of each batch. */
function sent(): (string | undefined)[][] {
  return sqs
    .commandCalls(SendMessageBatchCommand)
    .map((call) => (call.args[0].input.Entries ?? []).map(({ MessageBody }) => MessageBody))
}
