import { describe, expect, it, onTestFinished } from 'vitest'
import { nextTraceHeader } from '../../../local/functions/trace-header.ts'
import { EventSource } from '../../../local/queues/event-source.ts'
import { failedMessages } from '../../../local/queues/sqs-event.ts'
import type { InvocationResult } from '../../../local/functions/execution-environment.ts'
import type { EventSourceDefinition } from '../../../local/template/event-source.ts'
import { eventually } from '../../support/eventually.ts'
import { QUEUE_ARN, TestSqs } from '../../support/queues.ts'

const NOTHING = { ok: true, payload: 'null' } as const
const MEGABYTE = 1_000_000

describe('what a function returns that reports the failures of a batch', () => {
  const ids = new Set(['a', 'b'])

  it.each<[string, string[]]>([
    ['null', []],
    ['', []],
    ['{}', []],
    ['{"statusCode":200}', []],
    ['{"batchItemFailures":null}', []],
    ['{"batchItemFailures":[]}', []],
    ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b']],
    ['{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}', ['b']],
    ['{"batchItemFailures":[{"itemIdentifier":"c"}]}', ['a', 'b']],
    ['{"batchItemFailures":[{"itemIdentifier":""}]}', ['a', 'b']],
    ['{"batchItemFailures":[{"itemIdentifier":null}]}', ['a', 'b']],
    ['{"batchItemFailures":[{"messageId":"b"}]}', ['a', 'b']],
    ['{"batchItemFailures":["b"]}', ['a', 'b']],
    ['{"batchItemFailures":[null]}', ['a', 'b']],
    ['{"batchItemFailures":{}}', ['a', 'b']],
    ['{"batchItemFailures":"b"}', ['a', 'b']],
    ['[]', ['a', 'b']],
    ['"done"', ['a', 'b']],
    ['7', ['a', 'b']],
  ])('is read as AWS does: %s fails %j', (payload, failed) => {
    expect([...failedMessages(payload, ids)]).toEqual(failed)
  })
})

describe('an event source', () => {
  it('takes no more into a batch than an event may hold', async () => {
    const { sizes, send } = await setUp({ batchSize: 10 })
    for (let index = 0; index < 10; index += 1) send('x'.repeat(MEGABYTE))
    await eventually(() => sizes.length === 2)
    expect(sizes).toEqual([6, 4])
  })

  it('counts the characters that JSON makes longer', async () => {
    const { sizes, send } = await setUp({ batchSize: 10 })
    for (let index = 0; index < 4; index += 1) send('"'.repeat(MEGABYTE))
    await eventually(() => sizes.length === 2)
    expect(sizes).toEqual([3, 1])
  })

  it.each([
    ['five', 'no maximum is said', undefined, 5],
    ['three', 'that is the maximum', 3, 3],
    ['ten', 'the maximum is larger', 100, 10],
  ])('has %s batches at a time when %s', async (_, __, maximumConcurrency, batches) => {
    const invocations: (() => void)[] = []
    const { sqs, sizes, send } = await setUp({ batchSize: 1, maximumConcurrency }, () => {
      return new Promise((resolve) => invocations.push(() => resolve(NOTHING)))
    })
    for (let index = 0; index < batches + 2; index += 1) send('a')
    await eventually(() => sizes.length === batches)
    const [queue] = sqs.queues.all
    expect(queue?.counts).toEqual({ visible: 2, inFlight: batches, delayed: 0 })
    invocations[0]?.()
    await eventually(() => sizes.length === batches + 1)
    expect(queue?.counts).toEqual({ visible: 1, inFlight: batches, delayed: 0 })
  })

  it('has a message in a batch once, though its window outlasts the visibility timeout', async () => {
    const { sqs, sizes, send } = await setUp({ batchingWindowSeconds: 60 })
    send('a')
    await sqs.clock.advance('1 minute')
    expect(sizes).toEqual([1])
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  it('reads and empties its queue with the role of the function', async () => {
    const { sqs, send } = await setUp({})
    send('a')
    await eventually(() => sqs.queues.all[0]?.counts.inFlight === 0)
    const principalArn = 'arn:aws:sts::000000000000:assumed-role/Role/Chat-Work'
    const calls = sqs.trace.ofKind('call')
    expect(calls.every((call) => call.principalArn === principalArn && call.allowed)).toBe(true)
    expect(calls.slice(3).map(({ action }) => action)).toEqual([
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
    ])
  })

  it('leaves in the queue what a function reports as failed', async () => {
    const { sqs, sizes, send } = await setUp({ reportsBatchItemFailures: true }, (records) =>
      Promise.resolve({
        ok: true,
        payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: records[1] }] }),
      }),
    )
    send('a')
    send('b')
    await eventually(() => sizes.length === 1)
    await eventually(() => sqs.queues.all[0]?.counts.inFlight === 1)
  })

  it('leaves a whole batch in the queue when the function fails', async () => {
    const { sqs, sizes, send } = await setUp({}, () =>
      Promise.resolve({ ok: false, errorType: 'Error', errorMessage: 'no' }),
    )
    send('a')
    send('b')
    await sqs.clock.advance(0)
    expect(sizes).toEqual([2])
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 0, inFlight: 2, delayed: 0 })
  })

  it('takes no notice of such a report when the template does not say so', async () => {
    const { sqs, send } = await setUp({}, (records) =>
      Promise.resolve({
        ok: true,
        payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: records[0] }] }),
      }),
    )
    send('a')
    await sqs.clock.advance(0)
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 0, inFlight: 0, delayed: 0 })
  })

  it('takes a message out of its batch whose chain is a recursive loop', async () => {
    const { sqs, sizes, send } = await setUp({})
    const traceHeaders = [15, 16].map((count) => chainOf('arn:work', count))
    send('goes on', traceHeaders[0])
    const messageId = send('is stopped', traceHeaders[1])
    send('has another chain', chainOf('arn:other', 16))
    await sqs.clock.advance(0)
    expect(sizes).toEqual([2])
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 0, inFlight: 1, delayed: 0 })
    expect(sqs.trace.ofKind('recursiveLoop')).toMatchObject([{ messageId, invocations: 16 }])
  })

  it('consumes requests for what it receives and deletes, by the 64 KB', async () => {
    const { sqs, send } = await setUp({})
    const requests = () =>
      sqs.trace.ofKind('consumed').map(({ action, units }) => [action.split(':')[1], units])
    send('a')
    await sqs.clock.advance(0)
    send('b'.repeat(65 * 1024))
    await sqs.clock.advance(0)
    expect(requests()).toEqual([
      ['ReceiveMessage', 1],
      ['DeleteMessage', 1],
      ['ReceiveMessage', 2],
      ['DeleteMessage', 1],
    ])
  })

  it('that is stopped receives nothing more', async () => {
    const { sqs, eventSource, send } = await setUp({})
    eventSource.stop()
    send('a')
    await sqs.clock.advance(0)
    expect(sqs.queues.all[0]?.counts).toEqual({ visible: 1, inFlight: 0, delayed: 0 })
  })
})

/** An event source with a function of the test's, which is given the ids of the messages. */
async function setUp(
  definition: Partial<EventSourceDefinition>,
  handle: (messageIds: readonly string[]) => Promise<InvocationResult> = () =>
    Promise.resolve(NOTHING),
) {
  const sqs = await TestSqs.start()
  const [queue] = sqs.queues.all
  if (!queue) throw new Error('no queue')
  const sizes: number[] = []
  const eventSource = new EventSource({
    definition: {
      logicalId: 'Source',
      functionArn: 'arn:function',
      queueArn: QUEUE_ARN,
      batchSize: 10,
      batchingWindowSeconds: 0,
      maximumConcurrency: undefined,
      reportsBatchItemFailures: false,
      ...definition,
    },
    queue,
    target: {
      invoke: (event) => {
        expect(JSON.stringify(event).length).toBeLessThanOrEqual(6 * 1024 * 1024)
        const ids = messageIds(event)
        sizes.push(ids.length)
        return handle(ids)
      },
    },
    targetDefinition: { functionName: 'Chat-Work', functionArn: 'arn:work' },
    role: {
      roleName: 'Role',
      roleArn: 'arn:role',
      trustedServices: [],
      statements: [{ effect: 'Allow', actions: ['sqs:*'], resources: [QUEUE_ARN] }],
    },
    identities: sqs.identities,
    clock: sqs.clock,
    trace: sqs.trace,
  })
  eventSource.start()
  onTestFinished(() => eventSource.stop())
  const send = (body: string, traceHeader?: string): string =>
    queue.send({ body, attributes: new Map(), senderId: 'AIDA', traceHeader })
  return { sqs, sizes, eventSource, send }
}

/** The header of a chain in which a function has run so often. */
function chainOf(functionArn: string, invocations: number): string {
  let traceHeader: string[] = []
  for (let count = 0; count < invocations; count += 1) {
    traceHeader = [nextTraceHeader(functionArn, traceHeader, 0)]
  }
  return traceHeader[0] ?? ''
}

function messageIds(event: unknown): string[] {
  const { Records }: { Records: { messageId: string }[] } = JSON.parse(JSON.stringify(event))
  return Records.map(({ messageId }) => messageId)
}
