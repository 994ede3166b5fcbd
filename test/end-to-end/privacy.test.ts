import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import type { Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { counts, queueUrl, sqsClient } from '../queues/jobs.ts'
import { editedAssembly, removeResources, setVariable } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { SECRETS, connectRecognisably, secretsIn } from '../support/recognisable.ts'
import { startStack } from '../support/stack.ts'

const QUEUE = 'RealtimeDeliveryQueue'

let local: Local

beforeAll(async () => {
  // What the function of $default sends to everyone goes behind the queue.
  const assembly = editedAssembly(inject('assembly'), (template) => {
    setVariable(template, 'INLINE_LIMIT', 0, /DefaultFunction/)
  })
  local = await startStack({ assembly })
})

afterAll(() => local.close())

it('no table, no queue and no log holds where a client is, who it is or what it says', async () => {
  const [sender, target] = [
    await connectRecognisably(local.url),
    await connectRecognisably(local.url),
  ]
  const to = await target.connectionId()
  const data = SECRETS.message
  expect(await sender.request({ action: 'sendmessage', data })).toMatchObject({ sent: 2 })
  expect(await sender.request({ action: 'sendmessage', to, data })).toMatchObject({ sent: 1 })
  expect(await sender.request(`BROADCAST:${data}`)).toMatchObject({ queued: true })
  await target.nextOfType('message')
  await eventually(async () => (await counts(local, QUEUE)) === '0 visible, 0 in flight')
  expect(await sender.request(SECRETS.malformed)).toMatchObject({ code: 'BAD_MESSAGE' })
  const table = await dumpTable(local)
  expect(table).toHaveLength(2)

  await target.close()
  await eventually(() => local.trace.ofKind('disconnect').length === 1)
  const gone = { action: 'sendmessage', to, data }
  expect(await sender.request(gone)).toMatchObject({ code: 'NOT_CONNECTED' })
  await sender.close()
  await eventually(() => local.trace.ofKind('disconnect').length === 2)
  await eventually(async () => (await dumpTable(local)).length === 0)

  const logs = local.trace.ofKind('log')
  // All five functions have run and written, their metrics too, and API Gateway its access log.
  expect(new Set(logs.map(({ logGroupName }) => logGroupName)).size).toBe(6)
  expect(logs.some(({ line }) => line.includes('"Namespace":"Switchboard"'))).toBe(true)
  expect(secretsIn([table, logs])).toEqual([])
  expect(await counts(local, QUEUE)).toBe('0 visible, 0 in flight')
  expect(await counts(local, 'RealtimeDeliveryDeadLetterQueue')).toBe('0 visible, 0 in flight')
})

it('the queue holds frames and ids, and nothing else', async () => {
  const assembly = editedAssembly(inject('assembly'), (template) => {
    setVariable(template, 'INLINE_LIMIT', 0)
    // Nobody reads the queue.
    removeResources(template, 'AWS::Lambda::EventSourceMapping')
  })
  const own = await startStack({ assembly })
  const client = await connectRecognisably(own.url)
  const from = await client.connectionId()
  const message = { action: 'sendmessage', data: 'hi', echo: false }
  const { id } = await client.request(message)
  const command = { QueueUrl: queueUrl(own, QUEUE), MessageAttributeNames: ['All'] }
  const { Messages = [] } = await sqsClient(own).send(new ReceiveMessageCommand(command))
  const frame = JSON.stringify({ type: 'message', id, from, to: 'everyone', data: 'hi' })
  expect(Messages.map(({ Body = '' }): unknown => JSON.parse(Body))).toEqual([
    { frame, audience: 'everyone', except: from, sinceMs: expect.any(Number) },
  ])
  expect(Messages[0]).not.toHaveProperty('MessageAttributes')
  expect(secretsIn(Messages)).toEqual([])
  await own.close()
})

it('the table holds a connectionId and two times, and nothing else', async () => {
  const client = await connectRecognisably(local.url)
  const connectionId = await client.connectionId()
  const expiresAt = { N: expect.stringMatching(/^\d{10}$/) }
  const tat = { N: expect.stringMatching(/^\d{13}$/) }
  expect(await dumpTable(local)).toEqual([{ connectionId: { S: connectionId }, expiresAt, tat }])
  await client.close()
})
