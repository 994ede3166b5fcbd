import { ReceiveMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { eventually } from '../support/eventually.ts'
import { start, synthesizeFixture } from './fixture-app.ts'
import { batches, counts, queueUrl, sqsClient } from './jobs.ts'

let assembly: string
let remove: () => void

beforeAll(() => {
  ;[assembly, remove] = synthesizeFixture()
})
afterAll(() => remove())

describe('a chain of a function and its queue', () => {
  it('goes on for 16 invocations', async () => {
    const local = await start({ assembly })
    await sendHops(local, 'Loop', '15')
    await eventually(() => received(local, 'Loop').includes('0'))
    expect(received(local, 'Loop')).toHaveLength(16)
    await eventually(async () => (await counts(local, 'Loop')) === '0 visible, 0 in flight')
    expect(local.trace.ofKind('recursiveLoop')).toEqual([])
  })

  it('is stopped before the 17th, and its message goes to the dead-letter queue', async () => {
    const local = await start({ assembly })
    await sendHops(local, 'Loop', '16')
    const [stopped] = await eventually(() => {
      const entries = local.trace.ofKind('recursiveLoop')
      return entries.length > 0 && entries
    })
    expect(stopped).toMatchObject({
      functionName: expect.stringMatching(/^Queues-WorkLoop/),
      queueName: expect.stringMatching(/^Queues-Loop/),
      invocations: 16,
    })
    await eventually(async () => (await counts(local, 'Loop')) === '0 visible, 1 in flight')
    await local.clock.advance('2 minutes')
    expect(await counts(local, 'Loop')).toBe('0 visible, 0 in flight')
    expect(await counts(local, 'Dead')).toBe('1 visible, 0 in flight')
    expect(received(local, 'Loop')).toHaveLength(16)
    expect(received(local, 'Loop')).not.toContain('0')
    expect(local.trace.ofKind('recursiveLoop').map(({ messageId }) => messageId)).toEqual([
      stopped?.messageId,
      stopped?.messageId,
    ])
    const { Messages } = await sqsClient(local).send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl(local, 'Dead'),
        MessageSystemAttributeNames: ['AWSTraceHeader'],
      }),
    )
    expect(Messages).toMatchObject([
      {
        Body: '0',
        Attributes: { AWSTraceHeader: expect.stringMatching(/;Lineage=[0-9a-f]{8}:16$/) },
      },
    ])
  })

  it('leaves messages alone that are not part of it', async () => {
    const local = await start({ assembly })
    await sendHops(local, 'Loop', ...Array.from({ length: 20 }, () => '0'))
    await eventually(() => received(local, 'Loop').length === 20)
    expect(local.trace.ofKind('recursiveLoop')).toEqual([])
  })

  it('goes on where the function allows it', async () => {
    const local = await start({ assembly })
    await sendHops(local, 'Endless', '19')
    await eventually(() => received(local, 'Endless').includes('0'))
    expect(received(local, 'Endless')).toHaveLength(20)
    expect(local.trace.ofKind('recursiveLoop')).toEqual([])
  })

  it('is one trace, in which each invocation has an id of its own', async () => {
    const local = await start({ assembly })
    await sendHops(local, 'Loop', '2')
    await eventually(() => received(local, 'Loop').includes('0'))
    const headers = await eventually(() => {
      const lines = local.trace.ofKind('log').map(({ line }) => line.split('\t').at(-1) ?? '')
      const found = lines.filter((line) => line.startsWith('Root='))
      return found.length === 3 && found
    })
    const form =
      /^(Root=1-[0-9a-f]{8}-[0-9a-f]{24});(Parent=[0-9a-f]{16});Sampled=0;Lineage=\w+:(\d+)$/
    const parts = headers.map((header) => form.exec(header) ?? [])
    expect(new Set(parts.map(([, root]) => root)).size).toBe(1)
    expect(new Set(parts.map(([, , parent]) => parent)).size).toBe(3)
    expect(parts.map(([, , , count]) => count)).toEqual(['1', '2', '3'])
    const [first, second] = batches(local, 'Loop').flat()
    expect(first?.attributes.AWSTraceHeader).toBeUndefined()
    expect(second?.attributes.AWSTraceHeader).toBe(headers[0])
  })
})

/** Has messages make so many hops each, sent together and from outside of any function. */
async function sendHops(local: Local, queue: string, ...hops: string[]): Promise<void> {
  for (let from = 0; from < hops.length; from += 10) {
    await sqsClient(local).send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl(local, queue),
        Entries: hops
          .slice(from, from + 10)
          .map((MessageBody, index) => ({ Id: String(index), MessageBody })),
      }),
    )
  }
}

/** What a queue's function has received so far. */
function received(local: Local, queue: string): string[] {
  return batches(local, queue)
    .flat()
    .map(({ body }) => body)
}
