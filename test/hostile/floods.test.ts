import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import { removeRoute } from '../gateway/remove-route.ts'
import { clientFrame, PING } from '../support/client-frame.ts'
import { TestClient } from '../support/client.ts'
import { editedAssembly } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { goodHandshake } from './handshake-inputs.ts'
import { RunningGateway } from './running-gateway.ts'

const CLIENTS = 3

/** The gateway's own limit of 1 MiB a client, and what some thousand small frames take besides. */
const MAX_HELD_BYTES = CLIENTS * 4 * 1024 * 1024

let gateway: RunningGateway

beforeAll(async () => {
  const assembly = editedAssembly(inject('fixtureAssembly'), (template) => {
    for (const key of ['$connect', '$disconnect']) removeRoute(template, key)
  })
  gateway = await RunningGateway.start(assembly)
})
afterAll(() => gateway.close())

function flood(pings: number, payloadBytes: number): Buffer {
  const ping = clientFrame('x'.repeat(payloadBytes), PING)
  return Buffer.concat(Array.from({ length: pings }, () => ping))
}

/** Connects, and reads nothing from then on. */
async function deafClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(goodHandshake())
  await once(socket, 'data')
  return socket.pause()
}

it.each([
  // Kept, the answers would take 8 MB a client, or 6 MB and more for what is around each of them.
  ['large', flood(64_000, 125)],
  ['small', flood(200_000, 30)],
])('keeps little for clients that flood it with %s pings and never read', async (_, pings) => {
  await eventually(async () => (await gateway.report()).open === 0)
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => deafClient(gateway.port)))
  const before = await gateway.report()

  await Promise.all(clients.map((socket) => new Promise((resolve) => socket.write(pings, resolve))))
  const during = await gateway.report()
  expect(during.open).toBe(CLIENTS)

  expect(during.heldBytes - before.heldBytes, 'bytes held').toBeLessThan(MAX_HELD_BYTES)

  const other = await TestClient.connect(gateway.addresses.url)
  expect(await other.connectionId()).not.toBe('undefined')
  await other.close()
})
