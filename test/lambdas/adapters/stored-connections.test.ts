import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { ConnectionsTable } from '../../../lambdas/adapters/connections-table.ts'
import { newConnection } from '../../../lambdas/core/connection.ts'
import type { Local } from '../../../local/index.ts'
import { dynamoDbClient, tableCalled, wellFormedId } from '../../support/backend.ts'
import { startStack } from '../../support/stack.ts'

const NOW_MS = Date.now()
const SECOND_MS = 1_000

let local: Local
let client: DynamoDBClient
let table: ConnectionsTable

beforeAll(async () => {
  local = await startStack()
  client = dynamoDbClient(local)
  table = new ConnectionsTable(() => client, await tableCalled('Connections', client))
})
afterAll(async () => {
  client.destroy()
  await local.close()
})
beforeEach(() => void vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** Adds a connection that was made then. */
async function add(connectionId: string, madeMs: number): Promise<void> {
  await table.add(newConnection({ connectionId }, madeMs))
}

async function everyone(limit?: number): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await table.page(after, limit)
    ids.push(...page.connectionIds)
    after = page.next
  } while (after !== undefined)
  return ids
}

it.each([
  { seconds: 0, pruned: false },
  { seconds: 29.999, pruned: false },
  { seconds: 30, pruned: true },
  { seconds: 7_000, pruned: true },
])('a connection is pruned $seconds s after it was made: $pruned', async ({ seconds, pruned }) => {
  await add(wellFormedId(0), NOW_MS - seconds * SECOND_MS)
  expect(await table.prune(wellFormedId(0))).toBe(pruned ? 'taken' : 'connecting')
  expect(await everyone()).toEqual(pruned ? [] : [wellFormedId(0)])
  await table.remove(wellFormedId(0))
})

it('a connection that is not there any more is absent', async () => {
  expect(await table.prune(wellFormedId(1))).toBe('absent')
})

it('a connection is listed to the second before it expires', async () => {
  await add(wellFormedId(1), NOW_MS - 7_800 * SECOND_MS)
  await add(wellFormedId(2), NOW_MS - 7_799 * SECOND_MS)
  expect(await everyone()).toEqual([wellFormedId(2)])
  await Promise.all([table.remove(wellFormedId(1)), table.remove(wellFormedId(2))])
})

it('pages have everybody once, in the same order whatever the limit', async () => {
  const ids = Array.from({ length: 23 }, (_, index) => wellFormedId(index))
  for (const connectionId of ids) await add(connectionId, NOW_MS)
  const all = await everyone()
  expect(all.toSorted()).toEqual(ids.toSorted())
  for (const limit of [1, 7, 23, 24]) expect(await everyone(limit)).toEqual(all)
  // What the inline limit relies on: with one item more than there are, it is the last page.
  expect(await table.page(undefined, 24)).toEqual({ connectionIds: all, next: undefined })
  expect((await table.page(undefined, 22)).next).toBeDefined()
})

it('a turn moves the arrival time on, from now after a pause', async () => {
  await add(wellFormedId(0), NOW_MS)
  expect(await table.take(wellFormedId(0), NOW_MS, 100)).toBe(NOW_MS + 100)
  expect(await table.take(wellFormedId(0), NOW_MS, 100)).toBe(NOW_MS + 200)
  expect(await table.take(wellFormedId(0), NOW_MS + 200, 100)).toBe(NOW_MS + 300)
  expect(await table.take(wellFormedId(0), NOW_MS + 1_000, 100)).toBe(NOW_MS + 1_100)
  await table.remove(wellFormedId(0))
})

it('turns that are taken at once are all different', async () => {
  await add(wellFormedId(0), NOW_MS - 1)
  const turns = Array.from({ length: 50 }, () => table.take(wellFormedId(0), NOW_MS, 100))
  const arrivals = (await Promise.all(turns)).map((arrivalMs) => Number(arrivalMs) - NOW_MS)
  const inOrder = arrivals.toSorted((a, b) => a - b)
  expect(inOrder).toEqual(Array.from({ length: 50 }, (_, index) => (index + 1) * 100))
  await table.remove(wellFormedId(0))
})

it('nobody who has left takes a turn, or comes back by it', async () => {
  expect(await table.take(wellFormedId(99), NOW_MS, 100)).toBeUndefined()
  expect(await everyone()).not.toContain(wellFormedId(99))
})
