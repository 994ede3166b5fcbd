import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest'
import type { FaultPlan, Local } from '../../local/index.ts'
import { dumpTable, dynamoDbClient, itemOf, tableCalled, wellFormedId } from '../support/backend.ts'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { editedAssembly, setVariable } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import { startStack } from '../support/stack.ts'

let local: Local
const connected: TestClient[] = []
beforeAll(async () => {
  const assembly = editedAssembly(inject('assembly'), (template) => {
    setVariable(template, 'MESSAGES_PER_SECOND', 0)
  })
  local = await startStack({ assembly })
})
afterEach(async () => {
  local.faults.clear()
  await Promise.all(connected.splice(0).map((client) => client.close()))
  await eventually(async () => (await dumpTable(local)).length === 0)
})
afterAll(() => local.close())

async function connect(count: number): Promise<TestClient[]> {
  for (let index = 0; index < count; index += 1) {
    connected.push(await TestClient.connect(local.url))
  }
  return connected
}

/** What becomes of one message to everyone. */
async function broadcast(sender: TestClient): Promise<unknown> {
  const { sent, gone, failed } = await sender.request({ action: 'sendmessage', data: 1 })
  return { sent, gone, failed, left: (await dumpTable(local)).length }
}

it.each<[FaultPlan['rules'][number], Record<string, number>]>([
  [
    // It is tried again.
    { on: 'connections', status: 429, at: [2] },
    { sent: 3, gone: 0, failed: 0, left: 3 },
  ],
  [
    { on: 'connections', status: 500, at: [1, 3] },
    { sent: 3, gone: 0, failed: 0, left: 3 },
  ],
  [
    { on: 'connections', status: 403, at: [1, 3] },
    { sent: 1, gone: 0, failed: 2, left: 3 },
  ],
  [
    { on: 'connections', reset: 'before' },
    { sent: 0, gone: 0, failed: 3, left: 3 },
  ],
  [
    { on: 'connections', latencyMs: 50 },
    { sent: 3, gone: 0, failed: 0, left: 3 },
  ],
  [
    { on: 'connections', status: 429, operation: 'GET' },
    { sent: 3, gone: 0, failed: 0, left: 3 },
  ],
])('@connections suffers from %j', async (rule, expected) => {
  const [sender] = await connect(3)
  if (!sender) throw new Error('no client')
  local.faults.set({ rules: [rule] })
  expect(await broadcast(sender)).toEqual(expected)
  local.faults.clear()
  expect(await broadcast(sender)).toMatchObject({ sent: 3, failed: 0 })
})

it('an answer that is lost on its way has been carried out', async () => {
  const [sender, other] = await connect(2)
  if (!sender || !other) throw new Error('no client')
  const to = await other.connectionId()
  local.faults.set({ rules: [{ on: 'connections', reset: 'after', times: 1 }] })
  await sender.request({ action: 'sendmessage', to, data: 'hello' })
  // It has come, and once more for the attempt that followed the lost answer.
  const messages = [await other.nextOfType('message'), await other.nextOfType('message')]
  expect(messages[0]).toEqual(messages[1])
})

it('S4: a table that fails refuses the handshake', async () => {
  local.faults.set({
    // One that the SDK does not try again.
    rules: [{ on: 'dynamodb', operation: 'PutItem', status: 400, error: 'ValidationException' }],
  })
  expect(await refusedHandshake(local.url)).toMatchObject({ status: expect.any(Number) })
  local.faults.clear()
  await connect(1)
})

it('a batch gives back the entries that fail, and carries out the others', async () => {
  const own = await startStack()
  const client = dynamoDbClient(own)
  const table = await tableCalled('Connections', client)
  const write = (count: number) =>
    client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [table]: Array.from({ length: count }, (_, index) => ({
            PutRequest: { Item: itemOf(wellFormedId(index)) },
          })),
        },
      }),
    )
  own.faults.set({ rules: [{ on: 'dynamodb', operation: 'BatchWriteItem', partial: 0.5 }] })
  const { UnprocessedItems = {} } = await write(25)
  const unprocessed = UnprocessedItems[table]?.length ?? 0
  expect(unprocessed).toBeGreaterThan(0)
  expect(unprocessed).toBeLessThan(25)
  expect(await dumpTable(own)).toHaveLength(25 - unprocessed)
  own.faults.set({ rules: [{ on: 'dynamodb', partial: 1 }] })
  const second = await write(3)
  expect(second.UnprocessedItems?.[table]).toHaveLength(3)
  await own.close()
})

const SEND_MESSAGE = { on: 'function', function: '*SendMessage*' } as const

it.each<[string, FaultPlan['rules'][number], number]>([
  ['before it has done anything', { ...SEND_MESSAGE, error: 'no' }, 0],
  ['one call into it', { ...SEND_MESSAGE, kill: { afterCalls: 1 } }, 1],
])('S16: a function fails %s, and the next one is well', async (_, rule, callsBefore) => {
  const [sender] = await connect(3)
  if (!sender) throw new Error('no client')
  // It is warm.
  expect(await broadcast(sender)).toMatchObject({ sent: 3 })
  const before = local.trace.ofKind('call').length
  local.faults.set({ rules: [{ ...rule, times: 1 }] })
  const { message } = await sender.request({ action: 'sendmessage', data: 1 })
  expect(message).toBe('Internal server error')
  const calls = local.trace.ofKind('call').slice(before)
  const actions = calls.map(({ action }) => action).filter((action) => !action.startsWith('logs:'))
  expect(actions).toHaveLength(callsBefore)
  expect(sender.pending.join()).not.toContain('"ack"')
  expect(await broadcast(sender)).toMatchObject({ sent: 3 })
})

it('a function is killed after some time, in the midst of its work', async () => {
  const [sender, other] = await connect(2)
  if (!sender || !other) throw new Error('no client')
  const to = await other.connectionId()
  local.faults.set({
    rules: [
      { ...SEND_MESSAGE, kill: { afterMs: 1_000 }, times: 1 },
      { on: 'connections', latencyMs: 2_000, times: 1 },
    ],
  })
  sender.send({ action: 'sendmessage', to, data: 'hello' })
  await eventually(() => local.trace.ofKind('call').some(({ action }) => action.startsWith('exec')))
  await local.clock.advance('1 second')
  expect(await sender.nextText()).toContain('Internal server error')
  // What it had sent off before goes on its way.
  await local.clock.advance('1 second')
  expect(await other.nextOfType('message')).toMatchObject({ data: 'hello' })
})

it('the same seed gives the same run, and another seed another', async () => {
  const run = async (seed: number): Promise<unknown[]> => {
    const [sender, other] = await connect(2)
    if (!sender || !other) throw new Error('no client')
    const to = await other.connectionId()
    local.faults.set({ seed, rules: [{ on: 'connections', status: 403, probability: 0.5 }] })
    const fates: unknown[] = []
    for (let index = 0; index < 30; index += 1) {
      const { failed } = await sender.request({ action: 'sendmessage', to, data: index })
      fates.push(failed)
    }
    return fates
  }
  const first = await run(3)
  expect(first).toContain(0)
  expect(first).toContain(1)
  expect(await run(3)).toEqual(first)
  expect(await run(4)).not.toEqual(first)
})
