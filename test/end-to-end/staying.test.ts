import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'

let local: Local
let clients: TestClient[] = []

beforeAll(async () => {
  local = await startStack()
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()))
  clients = []
  await eventually(async () => (await dumpTable(local)).length === 0)
})

afterAll(() => local.close())

async function connect(): Promise<TestClient> {
  const client = await TestClient.connect(local.url)
  clients.push(client)
  return client
}

const PING = { action: 'ping' }

it.each([
  { what: 'a frame of more than 32 KB', frame: 'x'.repeat(32_769), code: 1009 },
  { what: 'a binary message', frame: Buffer.from('BROADCAST:hi'), code: 1003 },
])('S17: $what closes the connection with $code', async ({ frame, code }) => {
  const client = await connect()
  client.socket.send(frame)
  expect(await client.closed).toMatchObject({ code })
})

it('S18: two connections of a client both get what is for everyone, under one id', async () => {
  const [other, old, next] = [await connect(), await connect(), await connect()]
  const { id } = await other.request('BROADCAST:to all')
  expect(await old.nextOfType('message')).toMatchObject({ id })
  expect(await next.nextOfType('message')).toMatchObject({ id })

  // Without an echo, what one sends comes over the other, and says so.
  const from = await next.connectionId()
  expect(await next.request({ action: 'sendmessage', echo: false, data: 1 })).toMatchObject({
    sent: 2,
  })
  expect(await old.nextOfType('message')).toMatchObject({ from, to: 'everyone' })
  await old.request(PING)
  await next.request(PING)
  expect([...old.pending, ...next.pending]).toEqual([])
})

it('S18, S19: who says nothing is cut after ten minutes, and who pings after two hours', async () => {
  const [silent, pinging] = [await connect(), await connect()]
  for (let minutes = 9; minutes < 120; minutes += 9) {
    await local.clock.advance('9 minutes')
    expect(await pinging.request(PING)).toMatchObject({ type: 'pong' })
  }
  expect(await silent.closed).toEqual({ code: 1001, reason: 'Going away' })
  expect(pinging.socket.readyState).toBe(pinging.socket.OPEN)
  await local.clock.advance('3 minutes')
  expect(await pinging.closed).toEqual({ code: 1001, reason: 'Going away' })
})

it('S21: a line that has died unnoticed is counted as reached, and answers no ping', async () => {
  const [sender, halfOpen] = [await connect(), await connect()]
  halfOpen.socket.pause()
  expect(await sender.request('BROADCAST:hi')).toMatchObject({ sent: 2, gone: 0, failed: 0 })
  halfOpen.send(PING)
  await sender.request(PING)
  expect(halfOpen.pending).toEqual([])
  halfOpen.socket.resume()
})

it('S22: who comes back has another connectionId, and has missed what was sent meanwhile', async () => {
  const [sender, lost] = [await connect(), await connect()]
  const before = await lost.connectionId()
  lost.socket.terminate()
  await eventually(async () => (await dumpTable(local)).length === 1)
  await sender.request('BROADCAST:missed')
  const back = await connect()
  expect(await back.connectionId()).not.toBe(before)
  expect(back.pending).toEqual([])
  expect(await sender.request(`PRIVATE:${before}:hi`)).toMatchObject({ code: 'NOT_CONNECTED' })
})
