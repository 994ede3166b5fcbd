import { randomUUID } from 'node:crypto'
import { PutItemCommand, type PutItemInput } from '@aws-sdk/client-dynamodb'
import type { Local } from '../../local/index.ts'
import { counts } from '../queues/jobs.ts'
import { dynamoDbClient, itemOf, tableCalled, wellFormedId } from './backend.ts'
import type { TestClient } from './client.ts'
import { setVariable, type Template } from './edited-assembly.ts'
import { eventually } from './eventually.ts'
import { publishOverHttp } from './publish-door.ts'
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
  /** What the room is called where it is stored. */
  readonly group: string
  /** One more, who comes late. */
  connect(): Promise<TestClient>
}

type Step = readonly [name: string, works: (party: Party) => Promise<boolean>]

const data = SECRETS.message
const { room } = SECRETS
const TO_ROOM = { action: 'sendmessage', to: { room }, data }

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
  ['join', joins],
  ['members', tellsMembers],
  ['to a room', (party) => broadcasts(party, TO_ROOM)],
  ['to a room of many', (party) => reachesMany(party, TO_ROOM)],
  ['join too much', (party) => sendsTooMuch(party, { action: 'join', room })],
  ['HTTP door', publishes],
  ['disconnect', disconnects],
  ['leave', leaves],
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
    const [sender, target] = [await another(), await another()]
    // Out of a room that it is not in yet: that tells its name.
    const { group } = await sender.request({ action: 'leave', room })
    if (typeof group !== 'string') return 'leave'
    party = { local, sender, target, group, connect: another }
  } catch (error) {
    return `connect: ${String(error)}`
  }
  for (const [name, works] of STEPS) {
    if (!(await works(party))) return name
  }
  return undefined
}

/** To both clients, past the items of a connection that is gone, which it takes out. */
async function broadcasts(party: Party, frame: unknown): Promise<boolean> {
  const { local, sender } = party
  await plantItems(party, STALE_IDS.slice(0, 1))
  const { sent, gone } = await sender.request(frame)
  return sent === 2 && gone === 1 && !(await isAnyListed(local))
}

/** The same behind the queue. */
async function reachesMany(party: Party, frame: unknown): Promise<boolean> {
  const { local, sender, target } = party
  await plantItems(party, STALE_IDS)
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
async function givesUp(party: Party): Promise<boolean> {
  const { local, sender } = party
  await plantItems(party, STALE_IDS)
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

/** Both, one after the other: who is in already hears of the other. */
async function joins({ local, sender, target }: Party): Promise<boolean> {
  for (const client of [sender, target]) {
    const { type } = await client.request({ action: 'join', room, announce: true })
    if (type !== 'ack') return false
  }
  return hears(local, sender, 'joined', await target.connectionId())
}

async function tellsMembers({ sender }: Party): Promise<boolean> {
  const { connectionIds } = await sender.request({ action: 'members', room })
  return Array.isArray(connectionIds) && connectionIds.length === 2
}

/** Where there is a door. It logs nothing but failures. */
async function publishes({ local, sender }: Party): Promise<boolean> {
  if (local.outputs['PublishUrl'] === undefined) return true
  const id = randomUUID()
  const publish = async (): Promise<number> =>
    (await publishOverHttp(local, JSON.stringify({ to: { room }, data, id }))).status
  local.faults.set({ rules: [{ on: 'sqs', status: 403 }] })
  if ((await publish()) !== 500) return false
  local.faults.clear()
  if ((await publish()) !== 202) return false
  return endsWell(local, () => Promise.resolve(sender.pending.join().includes(`"id":"${id}"`)))
}

/** Whom it left in a room, that room is told of. */
async function disconnects({ local, sender, target }: Party): Promise<boolean> {
  const gone = await target.connectionId()
  await target.close()
  if (!(await hears(local, sender, 'left', gone))) return false
  return endsWell(local, async () => !(await isStored(local, gone)))
}

async function leaves({ local, sender, group }: Party): Promise<boolean> {
  const ack = await sender.request({ action: 'leave', room })
  return ack['group'] === group && !(await isStored(local, group))
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

/** What is left of connections whose end nobody heard of: they were in the room, and had told it so. */
async function plantItems({ local, group }: Party, ids: readonly string[]): Promise<void> {
  const client = dynamoDbClient(local)
  const put = async (name: 'Connections' | 'Memberships', Item: PutItemInput['Item']) =>
    client.send(new PutItemCommand({ TableName: await tableCalled(name, client), Item }))
  for (const connectionId of ids) {
    const item = itemOf(connectionId)
    const { expiresAt } = item
    const membership = { group: { S: group }, connectionId: item.connectionId, expiresAt }
    await put('Connections', item)
    await put('Memberships', { ...membership, announcement: { S: randomUUID() } })
  }
}

/** Waits until a client is told that another has joined the room, or left it. */
function hears(
  local: Local,
  client: TestClient,
  type: 'joined' | 'left',
  connectionId: string,
): Promise<boolean> {
  return endsWell(local, () => {
    const frames = client.pending.filter((text) => text.includes(`"type":"${type}"`))
    return Promise.resolve(frames.some((text) => text.includes(`"${connectionId}"`)))
  })
}

async function isAnyListed(local: Local): Promise<boolean> {
  const listed = await Promise.all(STALE_IDS.map((id) => isStored(local, id)))
  return listed.includes(true)
}

/** Whether a text stands in any table. */
async function isStored(local: Local, text: string): Promise<boolean> {
  return JSON.stringify(await local.storedItems()).includes(text)
}
