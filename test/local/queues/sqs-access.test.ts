import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import type { Statement } from '../../../local/access/policy.ts'
import type { ResourceStatement } from '../../../local/access/resource-policy.ts'
import { QUEUE_ARN, TestSqs } from '../../support/queues.ts'

const SEND: Statement = { effect: 'Allow', actions: ['sqs:SendMessage'], resources: [QUEUE_ARN] }
const ROLE = 'arn:aws:iam::000000000000:role/Role'

describe('a call to SQS', () => {
  it('is answered by its caller’s clock: a program takes its own for wrong by the answer', async () => {
    const sqs = await TestSqs.start()
    await sqs.clock.advance('1 hour')
    for (const at of [new Date(sqs.clock.now()), new Date()]) {
      const { status, headers } = await sqs.call('ListQueues', {}, undefined, at)
      expect(status).toBe(200)
      expect(headers.get('Date')).toBe(at.toUTCString())
    }
  })

  it('is refused when the role does not allow it, with the action and the queue', async () => {
    const sqs = await TestSqs.start()
    const client = sqs.client([SEND])
    const error: unknown = await client
      .send(new ReceiveMessageCommand({ QueueUrl: sqs.queueUrl() }))
      .catch((e: unknown) => e)
    expect(error).toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::000000000000:assumed-role/Role/session is not authorized to perform: sqs:ReceiveMessage on resource: ${QUEUE_ARN} because no identity-based policy allows the sqs:ReceiveMessage action`,
      $metadata: { httpStatusCode: 400 },
    })
  })

  it('is refused on another queue than the one that is allowed', async () => {
    const other = { queueName: 'other', queueArn: QUEUE_ARN.replace('jobs', 'other') }
    const sqs = await TestSqs.start([{}, other])
    const client = sqs.client([SEND])
    const send = (queueName: string): Promise<unknown> =>
      client.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(queueName), MessageBody: 'a' }))
    await expect(send('jobs')).resolves.toBeDefined()
    await expect(send('other')).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })

  it('is judged in a batch by the action of its entries', async () => {
    const sqs = await TestSqs.start()
    await sqs.client([SEND]).send(
      new SendMessageBatchCommand({
        QueueUrl: sqs.queueUrl(),
        Entries: [{ Id: '1', MessageBody: 'a' }],
      }),
    )
    const [call, ...others] = sqs.trace.ofKind('call')
    expect(call).toMatchObject({ action: 'sqs:SendMessage', resource: QUEUE_ARN, allowed: true })
    expect(others).toEqual([])
  })

  it('is refused when its signature is wrong', async () => {
    const sqs = await TestSqs.start()
    const client = sqs.client()
    client.config.credentials = () =>
      Promise.resolve({ ...sqs.credentials(), secretAccessKey: 'another' })
    const error: unknown = await client
      .send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(), MessageBody: 'a' }))
      .catch((e: unknown) => e)
    expect(error).toMatchObject({ name: 'InvalidSignatureException' })
  })
})

describe('the policy of a queue', () => {
  it.each<[string, ResourceStatement['principals']]>([
    ['everybody', ['*']],
    ['the role', [ROLE]],
    ['the session', ['arn:aws:sts::000000000000:assumed-role/Role/session']],
  ])('lets %s in who has no permission of their own', async (_, principals) => {
    expect(await outcome([], [{ statement: SEND, principals }])).toBe('sent')
  })

  it.each<[string, ResourceStatement['principals']]>([
    ['another role', [`${ROLE}2`]],
    ['the account, which leaves it to the roles', ['arn:aws:iam::000000000000:root']],
    ['nobody', []],
  ])('does not let the role in when it is for %s', async (_, principals) => {
    expect(await outcome([], [{ statement: SEND, principals }])).toMatch('no identity-based policy')
  })

  it.each<[string, ResourceStatement['principals']]>([
    ['everybody', ['*']],
    ['the role', [ROLE]],
    ['the account', ['arn:aws:iam::000000000000:root']],
  ])('keeps the role out when it denies %s', async (_, principals) => {
    const statement: Statement = { ...SEND, effect: 'Deny' }
    const allowed = { statement: SEND, principals: ['*'] }
    expect(await outcome([SEND], [allowed, { statement, principals }])).toMatch(
      'with an explicit deny in a resource-based policy',
    )
  })

  it('does not undo what the role itself denies', async () => {
    const deny: Statement = { ...SEND, effect: 'Deny' }
    expect(await outcome([deny], [{ statement: SEND, principals: ['*'] }])).toMatch(
      'with an explicit deny in an identity-based policy',
    )
  })

  it('concerns no other queue', async () => {
    const other = { queueName: 'other', queueArn: QUEUE_ARN.replace('jobs', 'other') }
    const everything: Statement = { effect: 'Allow', actions: ['*'], resources: ['*'] }
    const policy = [{ statement: everything, principals: ['*'] }]
    const sqs = await TestSqs.start([{ policy }, other])
    const read = (queueName: string): Promise<unknown> =>
      sqs.client([]).send(new GetQueueAttributesCommand({ QueueUrl: sqs.queueUrl(queueName) }))
    await expect(read('jobs')).resolves.toBeDefined()
    await expect(read('other')).rejects.toMatchObject({ name: 'AccessDeniedException' })
  })
})

describe('a fault of SQS', () => {
  it.each([
    [500, undefined, 'InternalFailure'],
    [403, undefined, 'RequestThrottled'],
    [400, 'OverLimit', 'OverLimit'],
  ])('answers %i %s', async (status, error, name) => {
    const sqs = await TestSqs.start([{}], [{ on: 'sqs', status, ...(error && { error }) }])
    const call = sqs.client().send(new ReceiveMessageCommand({ QueueUrl: sqs.queueUrl() }))
    await expect(call).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } })
  })

  it('lets a share of a batch fail, and what fails is not carried out', async () => {
    const sqs = await TestSqs.start(
      [{}],
      [
        { on: 'sqs', operation: 'SendMessageBatch', partial: 0.5 },
        { on: 'sqs', operation: 'DeleteMessageBatch', partial: 1 },
      ],
    )
    const client = sqs.client()
    const QueueUrl = sqs.queueUrl()
    const Entries = Array.from({ length: 10 }, (_, i) => ({ Id: `${i}`, MessageBody: 'a' }))
    const { Successful = [], Failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl, Entries }),
    )
    expect(Successful.length).toBeGreaterThan(0)
    expect(Failed.length).toBe(10 - Successful.length)
    expect(Failed[0]).toMatchObject({ SenderFault: false, Code: 'InternalError' })
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    )
    expect(Messages).toHaveLength(Successful.length)
    const deletion = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: Messages.map(({ ReceiptHandle }, i) => ({ Id: `${i}`, ReceiptHandle })),
      }),
    )
    expect(deletion.Failed).toHaveLength(Messages.length)
    expect(sqs.queues.all[0]?.counts.inFlight).toBe(Messages.length)
  })

  it('may lose the answer of a call that was carried out', async () => {
    const sqs = await TestSqs.start([{}], [{ on: 'sqs', operation: 'SendMessage', reset: 'after' }])
    const call = sqs
      .client()
      .send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(), MessageBody: 'a' }))
    await expect(call).rejects.toThrow()
    expect(sqs.queues.all[0]?.counts.visible).toBe(1)
  })
})

/** How it ends when a role with these statements sends to a queue with this policy. */
async function outcome(
  statements: readonly Statement[],
  policy: readonly ResourceStatement[],
): Promise<string> {
  const sqs = await TestSqs.start([{ policy }])
  return sqs
    .client(statements)
    .send(new SendMessageCommand({ QueueUrl: sqs.queueUrl(), MessageBody: 'a' }))
    .then(
      () => 'sent',
      (error: Error) => error.message,
    )
}
