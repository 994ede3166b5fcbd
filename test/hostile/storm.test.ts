import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, inject, it, onTestFinished } from 'vitest'
import type { Quotas } from '../../local/index.ts'
import { removeRoute } from '../gateway/remove-route.ts'
import { managementClient } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { editedAssembly } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { IS_LARGE } from '../support/scale.ts'
import { RunningGateway, type Report } from './running-gateway.ts'
import { storm } from './storm.ts'

/** Another number is another storm. */
const SEED = 1

/** Sockets that functions and tables keep alive between them go after some seconds. */
const QUIET_AFTER_MS = 20_000

/** In each of two storms. */
const INPUTS = IS_LARGE ? 5_000 : 750

/**
 * From one storm to the next. The trace keeps nearly two entries of an input, which take 240 bytes; a
 * kilobyte left by each would come on top.
 */
const MAX_GROWTH_BYTES = INPUTS * 800

/** So that it is not the quota that hostile connections meet. */
const NO_QUOTA: Quotas = {
  requestsPerSecond: 1_000_000,
  requestBurst: 1_000_000,
  newConnectionsPerSecond: 1_000_000,
}

async function start(assembly: string, quotas?: Quotas): Promise<RunningGateway> {
  const gateway = await RunningGateway.start(assembly, quotas)
  onTestFinished(() => gateway.close())
  return gateway
}

/** What is left when nobody is there any more. */
async function whenQuiet(gateway: RunningGateway): Promise<Report> {
  let last: Report | undefined
  const quiet = async (): Promise<Report | undefined> => {
    last = await gateway.report()
    const isQuiet = last.lines === 0 && last.open === 0
    return isQuiet ? last : undefined
  }
  return eventually(quiet, QUIET_AFTER_MS).catch(() => {
    throw new Error(`something is left: ${JSON.stringify(last)}`)
  })
}

/** A client like any other, and a push for it. */
async function serveNextClient({ addresses }: RunningGateway): Promise<void> {
  const client = await TestClient.connect(addresses.url)
  const id = await client.connectionId()
  const management = managementClient(addresses)
  await management.send(new PostToConnectionCommand({ ConnectionId: id, Data: 'hello' }))
  expect(await client.nextText()).toBe('hello')
  await client.close()
  management.destroy()
}

it(`withstands ${2 * INPUTS} hostile inputs, and keeps neither their lines nor their memory`, async () => {
  // Without functions, thousands of connections take seconds.
  const assembly = editedAssembly(inject('fixtureAssembly'), (template) => {
    for (const key of ['$connect', '$disconnect', '$default']) removeRoute(template, key)
  })
  const gateway = await start(assembly, NO_QUOTA)
  await storm({ gateway, seed: SEED, inputs: INPUTS })
  const first = await whenQuiet(gateway)
  await storm({ gateway, seed: SEED + 1, inputs: INPUTS })
  const second = await whenQuiet(gateway)

  expect(first.accepted).toBeGreaterThan(INPUTS / 5)
  expect(first.refused).toBeGreaterThan(INPUTS / 17)
  expect(second).toMatchObject({ wronglyEnded: 0, disconnects: second.accepted })
  expect(second.heldBytes - first.heldBytes).toBeLessThan(MAX_GROWTH_BYTES)
  await serveNextClient(gateway)
}, 60_000)

it('tells $disconnect once of each connection that $connect has accepted', async () => {
  const gateway = await start(inject('fixtureAssembly'))
  await storm({ gateway, seed: SEED, inputs: 24 })
  const report = await whenQuiet(gateway)
  expect(report.accepted).toBeGreaterThan(3)
  expect(report).toMatchObject({
    wronglyEnded: 0,
    disconnects: report.accepted,
    disconnectInvocations: report.accepted,
  })
  await serveNextClient(gateway)
}, 60_000)
