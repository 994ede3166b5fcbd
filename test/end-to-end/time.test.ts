import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest'
import type { FaultPlan, Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { TestFunction } from '../support/local-function.ts'
import { startFixture } from '../support/fixture.ts'
import { startStack } from '../support/stack.ts'

const LOST: FaultPlan = { rules: [{ on: 'disconnect', lose: true }] }

let local: Local
beforeEach(async () => {
  local = await startStack()
})
afterEach(() => local.close())

it('an item whose $disconnect never came is there until its time, and then it goes', async () => {
  local.faults.set(LOST)
  const client = await TestClient.connect(local.url)
  await client.close()
  await eventually(() => local.trace.ofKind('disconnect').length === 1)
  expect(await dumpTable(local)).toHaveLength(1)
  // Two hours and ten minutes; it is looked for once an hour.
  await local.clock.advance('130 minutes')
  expect(await dumpTable(local)).toHaveLength(1)
  await local.clock.advance('1 hour')
  expect(await dumpTable(local)).toEqual([])
})

it('an item that has not expired stays', async () => {
  const client = await TestClient.connect(local.url)
  await local.clock.advance('1 minute')
  const later = await TestClient.connect(local.url)
  const [, second] = (await dumpTable(local)).map((item) => item['expiresAt'])
  // Functions live by the same clock.
  const expiresAt = JSON.stringify(second)
  expect(expiresAt).toMatch(/\d{10}/)
  await local.clock.advance('1 hour')
  expect(await client.closed).toMatchObject({ code: 1001 })
  expect(await later.closed).toMatchObject({ code: 1001 })
  expect(await dumpTable(local)).toEqual([])
})

it('functions live by the clock: what they write expires two hours and ten minutes from then', async () => {
  await local.clock.advance('1 day')
  const now = local.clock.now() / 1_000
  await TestClient.connect(local.url)
  const [item] = await dumpTable(local)
  const expiresAt = Number(/"N":"(\d+)"/.exec(JSON.stringify(item))?.[1])
  expect(expiresAt - now).toBeGreaterThan(7_800 - 60)
  expect(expiresAt - now).toBeLessThan(7_800 + 60)
})

it('an integration that hangs meets API Gateway’s timeout when the clock is moved', async () => {
  const fixture = await startFixture()
  onTestFinished(() => fixture.close())
  const client = await TestClient.connect(fixture.url)
  // Nobody opens the gate.
  client.send({ action: 'echo', gate: 'closed' })
  const gateAsked = ({ action }: { action: string }) => action === 'dynamodb:GetItem'
  await eventually(() => fixture.trace.ofKind('call').some(gateAsked))
  // Meanwhile the machine's time goes on as well.
  await fixture.clock.advance('24 seconds')
  expect(client.pending).toEqual([])
  await fixture.clock.advance('5 seconds')
  expect(await client.next()).toMatchObject({ message: 'Endpoint request timed out' })
})

it('a function that hangs meets its own timeout when the clock is moved', async () => {
  const fn = new TestFunction(`export const handler = async (event, context) => {
    const before = [Date.now(), context.getRemainingTimeInMillis()]
    console.log('waiting')
    while (Date.now() - before[0] < 12_000) await new Promise((resolve) => setTimeout(resolve, 5))
    console.log('later by', before[1] - context.getRemainingTimeInMillis(), new Date().getTime() - before[0])
    await new Promise(() => setInterval(() => {}, 1_000))
  }`)
  const invocation = fn.invoke()
  await fn.logged('waiting')
  await fn.clock.advance('12 seconds')
  expect(await fn.logged('later by')).toMatch(/later by 1[23]\d{3} 1[23]\d{3}$/)
  await fn.clock.advance('8 seconds')
  expect(await invocation).toMatchObject({ errorType: 'Sandbox.Timedout' })
})
