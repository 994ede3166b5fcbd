import { SendMessageCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsePublication } from '../../lambdas/core/publication.ts'
import { MAX_DATA_LEVELS, MAX_MESSAGE_BYTES } from '../../protocol/messages.ts'
import { publish, PublishError, type Publication } from '../../publish/publish.ts'

const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/123456789012/jobs'
const QUEUE = { queueUrl: QUEUE_URL }
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const sqs = mockClient(SQSClient)

beforeEach(() => {
  sqs.reset()
  sqs.on(SendMessageCommand).resolves({ MessageId: 'of the queue' })
})
afterEach(() => {
  delete process.env['SWITCHBOARD_QUEUE_URL']
})
afterAll(() => sqs.restore())

function inputs() {
  return sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input)
}

function bodies(): string[] {
  return inputs().map(({ MessageBody = '' }) => MessageBody)
}

function senders(): SQSClient[] {
  const values = sqs.commandCalls(SendMessageCommand).map(({ thisValue }): unknown => thisValue)
  return values.filter((value) => value instanceof SQSClient)
}

describe('publish', () => {
  it.each<Publication>([
    { to: 'everyone', data: 'hi' },
    { to: { room: 'lobby' }, data: { text: 'hi' } },
    { to: { user: 'alice' }, data: null },
    { to: 'L0SM9cOFvHcCIhw=', data: [1, 2] },
  ])('puts $to into the queue, as its worker takes it', async (publication) => {
    const { id } = await publish(publication, QUEUE)
    expect(id).toMatch(UUID)
    expect(inputs()).toEqual([{ QueueUrl: QUEUE_URL, MessageBody: bodies()[0] }])
    const received: unknown = JSON.parse(bodies()[0] ?? '')
    expect(received).toEqual({ ...publication, id })
    expect(parsePublication(received)).toEqual(received)
  })

  it('gives each message an id of its own, and keeps one that it is given', async () => {
    const publication = { to: 'everyone', data: 1 }
    const first = await publish(publication, QUEUE)
    const second = await publish(publication, QUEUE)
    expect(first.id).not.toBe(second.id)
    expect(await publish({ ...publication, id: 'mine' }, QUEUE)).toEqual({ id: 'mine' })
    expect(JSON.parse(bodies()[2] ?? '')).toMatchObject({ id: 'mine' })
  })

  it('publishes what JSON makes of the data', async () => {
    const data = { at: new Date(0), left: undefined }
    await publish({ to: 'everyone', data }, QUEUE)
    expect(JSON.parse(bodies()[0] ?? '')).toMatchObject({
      data: { at: '1970-01-01T00:00:00.000Z' },
    })
  })

  it('writes the two characters that SQS refuses as JSON does it too', async () => {
    await publish({ to: 'everyone', data: '\uFFFE\uFFFF' }, QUEUE)
    expect(bodies()[0]).toContain('"\\ufffe\\uffff"')
  })

  it('takes the queue that the variable names', async () => {
    process.env['SWITCHBOARD_QUEUE_URL'] = QUEUE_URL
    await publish({ to: 'everyone', data: 1 })
    expect(inputs()).toMatchObject([{ QueueUrl: QUEUE_URL }])
  })

  it.each([
    ['nothing', {}],
    ['""', { queueUrl: '' }],
    ['"jobs"', { queueUrl: 'jobs' }],
  ])('says that it needs a URL, when it has %s', async (received, options) => {
    await expect(publish({ to: 'everyone', data: 1 }, options)).rejects.toMatchObject({
      name: 'PublishError',
      code: 'NO_QUEUE',
      message: expect.stringMatching(new RegExp(`SWITCHBOARD_QUEUE_URL, received ${received}$`)),
    })
  })

  it('makes one client for a queue, for the region in its URL', async () => {
    const another = { queueUrl: 'https://x.sqs.us-west-2.vpce.amazonaws.com/1/a' }
    for (const queue of [QUEUE, QUEUE, another]) await publish({ to: 'everyone', data: 1 }, queue)
    const clients = senders()
    expect(clients[0]).toBe(clients[1])
    const regions = clients.map(async ({ config }) => config.region())
    expect(await Promise.all(regions)).toEqual(['eu-west-1', 'eu-west-1', 'us-west-2'])
  })

  it('sends by the client that it is given', async () => {
    const client = new SQSClient({ region: 'us-east-1' })
    await publish({ to: 'everyone', data: 1 }, { ...QUEUE, client })
    expect(senders()[0]).toBe(client)
  })

  it('throws what SQS says, as it is', async () => {
    const denied = new SQSServiceException({
      name: 'AccessDenied',
      $fault: 'client',
      $metadata: {},
      message: 'not allowed',
    })
    sqs.on(SendMessageCommand).rejects(denied)
    await expect(publish({ to: 'everyone', data: 1 }, QUEUE)).rejects.toBe(denied)
  })
})

describe('what could not be delivered', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic

  it.each<[string, Publication, RegExp]>([
    ['an empty target', { to: '', data: 1 }, /^to: expected/],
    ['a room without a name', { to: { room: '' }, data: 1 }, /^to/],
    ['no data', { to: 'everyone', data: undefined }, /^data: expected a value, received nothing/],
    ['data that is a function', { to: 'everyone', data: () => 1 }, /^data: expected a value/],
    ['data with a cycle', { to: 'everyone', data: cyclic }, /circular/],
    ['a big integer', { to: 'everyone', data: 1n }, /BigInt/],
    ['half a character', { to: 'everyone', data: ['\uD800'] }, /^data\[0\]: expected whole/],
    ['deep data', { to: 'everyone', data: nested(MAX_DATA_LEVELS + 1) }, /levels/],
    ['an empty id', { to: 'everyone', data: 1, id: '' }, /^id: expected a string of 1 to 64/],
    ['a long id', { to: 'everyone', data: 1, id: 'x'.repeat(65) }, /^id: expected/],
  ])('is refused and not sent: %s', async (_, publication, message) => {
    const refused = publish(publication, QUEUE)
    await expect(refused).rejects.toBeInstanceOf(PublishError)
    await expect(refused).rejects.toMatchObject({
      code: 'BAD_MESSAGE',
      message: expect.stringMatching(message),
    })
    expect(inputs()).toEqual([])
  })

  it('is refused when a field is unknown', async () => {
    const publication = { to: 'everyone', data: 1, from: 'me' }
    await expect(publish(publication, QUEUE)).rejects.toMatchObject({ code: 'BAD_MESSAGE' })
  })

  it('is a message over 128 KB, its envelope counted, and none of just that', async () => {
    const envelope = JSON.stringify({ type: 'message', id: 'x', to: 'everyone', data: '' }).length
    const largest = 'a'.repeat(MAX_MESSAGE_BYTES - envelope)
    await publish({ to: 'everyone', data: largest, id: 'x' }, QUEUE)
    await expect(
      publish({ to: 'everyone', data: `${largest}a`, id: 'x' }, QUEUE),
    ).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining(`at most ${MAX_MESSAGE_BYTES}`),
    })
    expect(inputs()).toHaveLength(1)
  })
})

function nested(levels: number): unknown {
  return levels === 0 ? 0 : [nested(levels - 1)]
}
