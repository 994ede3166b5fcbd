import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { Gate } from '../support/gate.ts'
import { start, synthesizeFixture } from './fixture-app.ts'
import { batches, counts, queueUrl, sendJobs, sqsClient } from './jobs.ts'

let assembly: string
let remove: () => void

beforeAll(() => {
  ;[assembly, remove] = synthesizeFixture()
})
afterAll(() => remove())

describe('a job', () => {
  it('travels from a client through the queue to the function that carries it out', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'JOBS', [{ text: 'done' }])
    expect(await client.nextText()).toBe('done')
    await eventually(async () => (await counts(local, 'Jobs')) === '0 visible, 0 in flight')
    const [[record] = []] = batches(local, 'Jobs')
    expect(record).toMatchObject({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: expect.stringContaining('"text":"done"'),
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: expect.stringMatching(/^AROA\w+:Queues-Send/),
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        kind: {
          stringValue: 'job',
          stringListValues: [],
          binaryListValues: [],
          dataType: 'String',
        },
      },
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: local.app.queues.find(({ queueName }) => queueName.includes('Jobs'))
        ?.queueArn,
      awsRegion: 'us-east-1',
    })
  })

  it('is carried out when its delay has passed, and with all that follows from it', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'PAIR', [{ text: 'warm' }])
    expect(await client.nextText()).toBe('warm')
    await sendJobs(client, 'PAIR', [{ text: 'later' }], 600)
    await local.clock.advance('9 minutes')
    expect(batches(local, 'Pair')).toHaveLength(1)
    await local.clock.advance('1 minute')
    expect(await counts(local, 'Pair')).toBe('0 visible, 0 in flight')
    expect(await client.nextText()).toBe('later')
  })

  it('that is reported as failed comes back alone, when its visibility timeout has passed', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'JOBS', [{ text: 'a' }, { text: 'b', fails: 1 }, { text: 'c' }])
    expect([await client.nextText(), await client.nextText()]).toEqual(['a', 'c'])
    await local.clock.advance('50 seconds')
    expect(await counts(local, 'Jobs')).toBe('0 visible, 1 in flight')
    await local.clock.advance('10 seconds')
    expect(await client.nextText()).toBe('b')
    expect(sizes(batches(local, 'Jobs'))).toEqual([3, 1])
  })

  it('goes to the dead-letter queue when it has failed three times', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'JOBS', [{ text: 'never', fails: 99 }])
    await eventually(() => batches(local, 'Jobs').length === 1)
    await local.clock.advance('3 minutes')
    await eventually(async () => (await counts(local, 'Dead')) === '1 visible, 0 in flight')
    expect(await counts(local, 'Jobs')).toBe('0 visible, 0 in flight')
    const received = batches(local, 'Jobs').flat()
    expect(received.map(({ attributes }) => attributes.ApproximateReceiveCount)).toEqual([
      '1',
      '2',
      '3',
    ])
    const { Messages } = await sqsClient(local).send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl(local, 'Dead'),
        MessageSystemAttributeNames: ['All'],
      }),
    )
    expect(Messages).toMatchObject([
      {
        MessageId: received[0]?.messageId,
        Attributes: { SentTimestamp: received[0]?.attributes.SentTimestamp },
      },
    ])
  })
})

describe('a batch', () => {
  it('comes back as a whole when the function fails that reports no single message', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'WINDOW', [{ text: 'a' }, { crash: true }])
    await local.clock.advance('30 seconds')
    expect(await client.nextText()).toBe('a')
    await eventually(() => local.trace.ofKind('invocation').some(({ error }) => error === 'Error'))
    expect(await counts(local, 'Window')).toBe('0 visible, 2 in flight')
    await local.clock.advance('90 seconds')
    expect(await client.nextText()).toBe('a')
    expect(sizes(batches(local, 'Window'))).toEqual([2, 2])
  })

  it('is gathered until its window has passed', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'WINDOW', [{ text: 'a' }])
    await local.clock.advance('20 seconds')
    await sendJobs(client, 'WINDOW', [{ text: 'b' }, { text: 'c' }])
    expect(await counts(local, 'Window')).toBe('0 visible, 3 in flight')
    expect(batches(local, 'Window')).toEqual([])
    await local.clock.advance('10 seconds')
    await eventually(() => client.pending.length === 3)
    expect(sizes(batches(local, 'Window'))).toEqual([3])
  })

  it('does not wait for its window when it is full', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    const ten = Array.from({ length: 10 }, (_, index) => ({ text: `${index}` }))
    await sendJobs(client, 'WINDOW', ten)
    await sendJobs(client, 'WINDOW', [...ten.slice(1), { text: 'last' }])
    await eventually(() => client.pending.length === 20)
    expect(sizes(batches(local, 'Window'))).toEqual([20])
  })
})

describe('the concurrency of an event source', () => {
  it('is never more than its maximum', async () => {
    const local = await start({ assembly })
    const client = await TestClient.connect(local.url)
    const gates = [new Gate(), new Gate(), new Gate()]
    const jobs = [0, 0, 1, 1, 2].map((gate) => ({ text: `${gate}`, gate: gates[gate]?.file ?? '' }))
    await sendJobs(client, 'PAIR', jobs)
    const expected = ['3 visible, 2 in flight', '1 visible, 2 in flight', '0 visible, 1 in flight']
    for (const [index, gate] of gates.entries()) {
      // Of the two that end together, one is first: the next begins beside the other.
      await eventually(async () => {
        const started = batches(local, 'Pair').length
        const isAllStarted = started === Math.min(jobs.length, 2 * index + 2)
        return isAllStarted && (await counts(local, 'Pair')) === expected[index]
      })
      gate.open()
    }
    await eventually(() => client.pending.length === 5)
  })
})

function sizes(found: readonly (readonly unknown[])[]): number[] {
  return found.map((records) => records.length)
}
