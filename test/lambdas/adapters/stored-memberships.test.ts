import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { MembershipsTable } from '../../../lambdas/adapters/memberships-table.ts'
import type { Local } from '../../../local/index.ts'
import { dynamoDbClient, tableCalled, wellFormedId } from '../../support/backend.ts'
import { startStack } from '../../support/stack.ts'

const NOW_MS = Date.now()
const NOW_SECONDS = Math.floor(NOW_MS / 1_000)
/** Of the length of a hash. */
const LOBBY = 'L'.repeat(43)
const CELLAR = 'C'.repeat(43)
const UUID = '0b5c1a9e-3f57-4d0e-9a43-6f1f2f9e7c11'

let local: Local
let client: DynamoDBClient
let table: MembershipsTable

beforeAll(async () => {
  local = await startStack()
  client = dynamoDbClient(local)
  table = new MembershipsTable(() => client, await tableCalled('Memberships', client))
})
afterAll(async () => {
  client.destroy()
  await local.close()
})
beforeEach(() => void vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] }))
afterEach(async () => {
  vi.useRealTimers()
  for (const group of [LOBBY, CELLAR]) {
    for (let index = 0; index < 23; index += 1) await table.remove(group, wellFormedId(index))
  }
})

function add(group: string, index: number, announcement?: string, expiresAt = NOW_SECONDS + 60) {
  return table.add({ group, connectionId: wellFormedId(index), expiresAt, announcement })
}

async function everyone(group: string, limit?: number): Promise<string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await table.page(group, after, limit)
    ids.push(...page.connectionIds)
    after = page.next
  } while (after !== undefined)
  return ids
}

it('a group has those who are in it, and a connection its groups', async () => {
  await add(LOBBY, 1)
  await add(LOBBY, 2, UUID)
  await add(CELLAR, 2)
  expect(await everyone(LOBBY)).toEqual([wellFormedId(1), wellFormedId(2)])
  expect(await everyone(CELLAR)).toEqual([wellFormedId(2)])
  const found = await table.ofConnection(wellFormedId(2))
  expect(found.toSorted((a, b) => a.group.localeCompare(b.group))).toEqual([
    { group: CELLAR, connectionId: wellFormedId(2), announcement: undefined },
    { group: LOBBY, connectionId: wellFormedId(2), announcement: UUID },
  ])
  await table.remove(LOBBY, wellFormedId(2))
  expect(await everyone(LOBBY)).toEqual([wellFormedId(1)])
  expect(await table.find(LOBBY, wellFormedId(2))).toBeUndefined()
  expect(await table.find(CELLAR, wellFormedId(2))).toMatchObject({ group: CELLAR })
})

it('the first announcement stands, whatever is added after it', async () => {
  expect(await add(LOBBY, 1)).toBeUndefined()
  expect(await add(LOBBY, 1, UUID)).toBe(UUID)
  expect(await add(LOBBY, 1, UUID.replace('0', '1'))).toBe(UUID)
  expect(await add(LOBBY, 1)).toBe(UUID)
  expect(await table.find(LOBBY, wellFormedId(1))).toMatchObject({ announcement: UUID })
})

it('a member is listed to the second before it expires, and is prolonged when added again', async () => {
  await add(LOBBY, 1, undefined, NOW_SECONDS)
  await add(LOBBY, 2, undefined, NOW_SECONDS + 1)
  expect(await everyone(LOBBY)).toEqual([wellFormedId(2)])
  await add(LOBBY, 1)
  expect(await everyone(LOBBY)).toHaveLength(2)
})

it('pages have everybody once, in the same order whatever the limit', async () => {
  const ids = Array.from({ length: 23 }, (_, index) => index)
  for (const index of ids.toReversed()) await add(LOBBY, index)
  const all = await everyone(LOBBY)
  expect(all).toEqual(ids.map(wellFormedId).toSorted())
  for (const limit of [1, 7, 23, 24]) expect(await everyone(LOBBY, limit)).toEqual(all)
  // What the inline limit relies on: with one item more than there are, it is the last page.
  expect(await table.page(LOBBY, undefined, 24)).toEqual({ connectionIds: all, next: undefined })
  expect((await table.page(LOBBY, undefined, 22)).next).toBeDefined()
})
