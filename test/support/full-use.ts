import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Local } from '../../local/index.ts'
import { counts } from '../queues/jobs.ts'
import { dumpTable, dynamoDbClient, itemOf, tableCalled, wellFormedId } from './backend.ts'
import type { TestClient } from './client.ts'
import { setVariable, type Template } from './edited-assembly.ts'
import { eventually } from './eventually.ts'
import { SECRETS, connectRecognisably } from './recognisable.ts'

const STALE_IDS = [wellFormedId(1), wellFormedId(2)]

const QUEUE = 'RealtimeDeliveryQueue'
const DEAD_LETTER_QUEUE = 'RealtimeDeliveryDeadLetterQueue'

/** Both clients and one who is gone; with two who are gone, a message goes behind the queue. */
const INLINE_LIMIT = 3

/** Far more than all that the steps send; and one message more or less is seconds. */
const MESSAGE_BURST = 1_000
const MESSAGE_INTERVAL_MS = 2_000

/** What {@link useAll} expects of the stack that it uses. */
export function readyForFullUse(template: Template): void {
  setVariable(template, 'INLINE_LIMIT', INLINE_LIMIT)
  setVariable(template, 'MESSAGES_PER_SECOND', 1_000 / MESSAGE_INTERVAL_MS)
  setVariable(template, 'MESSAGE_BURST', MESSAGE_BURST)
}

interface Party {
  readonly local: Local
  readonly sender: TestClient
  readonly target: TestClient
  /** One more, who comes late. */
  connect(): Promise<TestClient>
}

type Step = readonly [name: string, works: (party: Party) => Promise<boolean>]

const data = SECRETS.message

/** All that the stack does, in this order: each step says whether it has worked. */
const STEPS: readonly Step[] = [
  ['broadcast', (party) => broadcasts(party, { action: 'sendmessage', data })],
  ['BROADCAST', (party) => broadcasts(party, `BROADCAST:${data}`)],
  // What it leaves in the table, the next one takes out.
  ['giving up', givesUp],
  ['to many', (party) => reachesMany(party, { action: 'sendmessage', data })],
  ['BROADCAST to many', (party) => reachesMany(party, `BROADCAST:${data}`)],
  ['private', (party) => reachesOne(party, (to) => ({ action: 'sendmessage', to, data }))],
  ['PRIVATE', (party) => reachesOne(party, (to) => `PRIVATE:${to}:${data}`)],
  ['too much', (party) => sendsTooMuch(party, { action: 'sendmessage', data })],
  ['BROADCAST too much', (party) => sendsTooMuch(party, `BROADCAST:${data}`)],
  ['disconnect', leaves],
  ['logs', (party) => Promise.resolve(hasEveryLog(party))],
]

/**
 * Uses everything that the stack does, once.
 *
 * @param connect as the stack wants its clients to
 * @returns what did not work first; undefined when all did
 */
export async function useAll(
  local: Local,
  connect: (url: string) => Promise<TestClient> = connectRecognisably,
): Promise<string | undefined> {
  let party: Party
  try {
    const another = () => connect(local.url)
    party = { local, sender: await another(), target: await another(), connect: another }
  } catch (error) {
    return `connect: ${String(error)}`
  }
  for (const [name, works] of STEPS) {
    if (!(await works(party))) return name
  }
  return undefined
}

/** To both clients, past an item of a connection that is gone, which it takes out. */
async function broadcasts({ local, sender }: Party, frame: unknown): Promise<boolean> {
  await plantItems(local, STALE_IDS.slice(0, 1))
  const { sent, gone } = await sender.request(frame)
  return sent === 2 && gone === 1 && !(await isAnyListed(local))
}

/** The same behind the queue. */
async function reachesMany({ local, sender, target }: Party, frame: unknown): Promise<boolean> {
  await plantItems(local, STALE_IDS)
  const { id, queued } = await sender.request(frame)
  if (queued !== true) return false
  return endsWell(local, async () => {
    const reached = [sender, target].every(({ pending }) =>
      pending.join().includes(`"id":"${String(id)}"`),
    )
    return reached && !(await isAnyListed(local)) && (await isDone(local))
  })
}

/** Whoever refuses it for good goes to the dead-letter queue. */
async function givesUp({ local, sender }: Party): Promise<boolean> {
  await plantItems(local, STALE_IDS)
  local.faults.set({ rules: [{ on: 'connections', status: 403 }] })
  await sender.request({ action: 'sendmessage', data })
  const endedWell = await endsWell(local, async () => {
    return (await isDone(local)) && (await counts(local, DEAD_LETTER_QUEUE)).startsWith('1 visible')
  })
  local.faults.clear()
  return endedWell
}

async function reachesOne(
  { sender, target }: Party,
  frameTo: (connectionId: string) => unknown,
): Promise<boolean> {
  const { sent } = await sender.request(frameTo(await target.connectionId()))
  return sent === 1
}

/** Who has sent so much that the next frame is one too many is disconnected. */
async function sendsTooMuch(party: Party, frame: unknown): Promise<boolean> {
  const { local } = party
  const client = await party.connect()
  const usedUpMs = Date.now() + MESSAGE_BURST * MESSAGE_INTERVAL_MS
  const tat = { N: String(usedUpMs + 30_000 - MESSAGE_INTERVAL_MS / 2) }
  const dynamoDb = dynamoDbClient(local)
  const Item = { ...itemOf(await client.connectionId()), tat }
  await dynamoDb.send(
    new PutItemCommand({ TableName: await tableCalled('Connections', dynamoDb), Item }),
  )
  client.send(frame)
  let hasEnded = false
  void client.closed.then(() => (hasEnded = true))
  return endsWell(local, () => Promise.resolve(hasEnded))
}

async function leaves({ local, target }: Party): Promise<boolean> {
  const gone = await target.connectionId()
  await target.close()
  return endsWell(local, async () => !JSON.stringify(await dumpTable(local)).includes(gone))
}

function hasEveryLog({ local }: Party): boolean {
  const written = new Set(local.trace.ofKind('log').map(({ logGroupName }) => logGroupName))
  return local.app.functions.every(({ logGroupName }) => written.has(logGroupName))
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
  const TableName = await tableCalled('Connections', client)
  for (const connectionId of ids) {
    await client.send(new PutItemCommand({ TableName, Item: itemOf(connectionId) }))
  }
}

async function isAnyListed(local: Local): Promise<boolean> {
  const dump = JSON.stringify(await dumpTable(local))
  return STALE_IDS.some((id) => dump.includes(id))
}
