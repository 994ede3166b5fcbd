import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { counts, queueUrl, sqsClient } from '../queues/jobs.ts'
import { dumpTable, dynamoDbClient, onlyTable } from '../support/backend.ts'
import type { TestClient } from '../support/client.ts'
import {
  editedAssembly,
  setVariable,
  templateOf,
  type Template,
} from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { permissionsOf, withdraw } from '../support/permissions.ts'
import { SECRETS, connectRecognisably, secretsIn } from '../support/recognisable.ts'

const STALE_IDS = ['AAAAAAAAAAAAAAA=', 'BBBBBBBBBBBBBBB=']

const QUEUE = 'RealtimeDeliveryQueue'
const DEAD_LETTER_QUEUE = 'RealtimeDeliveryDeadLetterQueue'

/** Both clients and one who is gone; with two who are gone, a message goes behind the queue. */
const INLINE_LIMIT = 3

const permissions = permissionsOf(templateOf(inject('assembly')))

describe('the permissions of the stack', () => {
  it('are what it says and no more', () => {
    const times = (count: number, action: string) => Array.from({ length: count }, () => action)
    expect(permissions.map(({ action }) => action).toSorted()).toEqual(
      [
        ...times(5, 'sts:AssumeRole'),
        ...times(5, 'logs:CreateLogStream'),
        ...times(5, 'logs:PutLogEvents'),
        'dynamodb:PutItem',
        ...times(4, 'dynamodb:DeleteItem'),
        ...times(3, 'dynamodb:Scan'),
        ...times(2, 'dynamodb:UpdateItem'),
        ...times(5, 'execute-api:ManageConnections'),
        ...times(4, 'sqs:SendMessage'),
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
      ].toSorted(),
    )
  })

  it('are enough for all that it does', async () => {
    expect(await whatBreaks(() => {})).toBe('nothing')
  })

  it.each(permissions)('are all needed: $action in $logicalId', async (permission) => {
    expect(await whatBreaks((template) => withdraw(template, permission))).not.toBe('nothing')
  })
})

/** Uses everything that the stack does, and says what does not work first. */
async function whatBreaks(edit: (template: Template) => void): Promise<string> {
  const assembly = editedAssembly(inject('assembly'), (template) => {
    setVariable(template, 'INLINE_LIMIT', INLINE_LIMIT)
    edit(template)
  })
  let local: Local
  try {
    local = await startLocal({ assembly })
  } catch (error) {
    return String(error)
  }
  try {
    return await firstFailure(local)
  } finally {
    // A failure is logged, and who met it is not in the log.
    expect(secretsIn(local.trace.ofKind('log'))).toEqual([])
    await local.close()
  }
}

async function firstFailure(local: Local): Promise<string> {
  let sender: TestClient
  let target: TestClient
  try {
    sender = await connectRecognisably(local.url)
    target = await connectRecognisably(local.url)
  } catch (error) {
    return String(error)
  }
  const to = await target.connectionId()
  const data = SECRETS.message
  const steps: readonly [name: string, works: () => Promise<boolean>][] = [
    ['broadcast', () => broadcasts(local, sender, { action: 'sendmessage', data })],
    ['BROADCAST', () => broadcasts(local, sender, `BROADCAST:${data}`)],
    ['to many', () => reachesMany(local, [sender, target], { action: 'sendmessage', data })],
    ['BROADCAST to many', () => reachesMany(local, [sender, target], `BROADCAST:${data}`)],
    ['giving up', () => givesUp(local)],
    ['private', async () => isSent(await sender.request({ action: 'sendmessage', to, data }))],
    ['PRIVATE', async () => isSent(await sender.request(`PRIVATE:${to}:${data}`))],
    ['disconnect', () => leaves(local, target)],
    ['logs', () => Promise.resolve(groupsWritten(local) === 5)],
  ]
  for (const [name, works] of steps) {
    if (!(await works())) return name
  }
  return 'nothing'
}

/** To both clients, past an item of a connection that is gone, which it takes out. */
async function broadcasts(local: Local, sender: TestClient, frame: unknown): Promise<boolean> {
  await plantItems(local, STALE_IDS.slice(0, 1))
  const { sent, gone } = await sender.request(frame)
  return sent === 2 && gone === 1 && !(await isAnyListed(local))
}

/** The same behind the queue. */
async function reachesMany(
  local: Local,
  clients: readonly [TestClient, TestClient],
  frame: unknown,
): Promise<boolean> {
  await plantItems(local, STALE_IDS)
  const { id, queued } = await clients[0].request(frame)
  if (queued !== true) return false
  return endsWell(local, async () => {
    const reached = clients.every(({ pending }) => pending.join().includes(`"id":"${String(id)}"`))
    return reached && !(await isAnyListed(local)) && (await isDone(local))
  })
}

/** What is no job goes to the dead-letter queue. */
async function givesUp(local: Local): Promise<boolean> {
  const QueueUrl = queueUrl(local, QUEUE)
  await sqsClient(local).send(new SendMessageCommand({ QueueUrl, MessageBody: SECRETS.malformed }))
  return endsWell(local, async () => {
    return (await isDone(local)) && (await counts(local, DEAD_LETTER_QUEUE)).startsWith('1 visible')
  })
}

/** Waits for what a worker does, or for the first call that it may not make. */
async function endsWell(local: Local, hasHappened: () => Promise<boolean>): Promise<boolean> {
  const isDenied = () => local.trace.ofKind('call').some(({ allowed }) => !allowed)
  await eventually(async () => isDenied() || (await hasHappened()))
  return !isDenied()
}

/** Whether every job has been carried out and deleted. */
async function isDone(local: Local): Promise<boolean> {
  return (await counts(local, QUEUE)) === '0 visible, 0 in flight'
}

async function plantItems(local: Local, ids: readonly string[]): Promise<void> {
  const client = dynamoDbClient(local)
  const TableName = await onlyTable(client)
  const expiresAt = String(Math.floor(Date.now() / 1000) + 3_600)
  for (const connectionId of ids) {
    const Item = { connectionId: { S: connectionId }, expiresAt: { N: expiresAt } }
    await client.send(new PutItemCommand({ TableName, Item }))
  }
}

async function isAnyListed(local: Local): Promise<boolean> {
  const dump = JSON.stringify(await dumpTable(local))
  return STALE_IDS.some((id) => dump.includes(id))
}

async function leaves(local: Local, target: TestClient): Promise<boolean> {
  const before = local.trace.ofKind('invocation').length
  await target.close()
  await eventually(() => local.trace.ofKind('invocation').length > before)
  return (await dumpTable(local)).length === 1
}

function isSent({ sent }: Readonly<Record<string, unknown>>): boolean {
  return sent === 1
}

function groupsWritten(local: Local): number {
  return new Set(local.trace.ofKind('log').map(({ logGroupName }) => logGroupName)).size
}
