import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'

let local: Local

beforeAll(async () => {
  local = await startStack()
})

afterAll(() => local.close())

it('S22: a client whose socket dies without a close frame hurts nobody', async () => {
  const [sender, victim, other] = await Promise.all([
    TestClient.connect(local.url),
    TestClient.connect(local.url),
    TestClient.connect(local.url),
  ])
  victim.socket.terminate()
  const ack = await sender.request('BROADCAST:hi')
  expect(ack).toMatchObject({ type: 'ack', failed: 0 })
  expect(await other.nextOfType('message')).toMatchObject({ data: 'hi' })

  await eventually(async () => (await dumpTable(local)).length === 2)
  expect(await sender.request('BROADCAST:again')).toMatchObject({ sent: 2, gone: 0, failed: 0 })
  await Promise.all([sender.close(), other.close()])
})

it('S23: a client that leaves politely is out of the table', async () => {
  const client = await TestClient.connect(local.url)
  await eventually(async () => (await dumpTable(local)).length === 1)
  await client.close()
  await eventually(async () => (await dumpTable(local)).length === 0)
})
