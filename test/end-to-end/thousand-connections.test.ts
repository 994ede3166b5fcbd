import { afterEach, describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'

const CONNECTIONS = 1_000
const SIMULTANEOUS_HANDSHAKES = 50

let local: Local | undefined

afterEach(() => local?.close())

describe(`${CONNECTIONS} connections`, () => {
  it.each([
    ['read in as few pages as they fit', undefined, 1],
    ['read in pages of 100', 100, 10],
  ])(
    'all get one broadcast, %s',
    async (_, scanPageItems, pages) => {
      // On a fast machine they come faster than an account's quota allows.
      const quotas = { newConnectionsPerSecond: CONNECTIONS }
      local = await startLocal({ assembly: inject('assembly'), scanPageItems, quotas })
      const clients = await connectMany(local.url)
      const [sender] = clients
      if (!sender) throw new Error('no client')

      sender.send({ action: 'sendmessage', data: 'to all' })
      const messages = await Promise.all(clients.map((client) => client.nextOfType('message')))
      const ack = await sender.nextOfType('ack')

      expect(ack).toMatchObject({ sent: CONNECTIONS, gone: 0, failed: 0 })
      expect(new Set(messages.map(({ id }) => id))).toEqual(new Set([ack['id']]))
      const scans = local.trace.ofKind('call').filter(({ action }) => action === 'dynamodb:Scan')
      expect(scans.length).toBeGreaterThanOrEqual(pages)
      expect(clients.flatMap(({ pending }) => pending)).toEqual([])
    },
    60_000,
  )
})

async function connectMany(url: string): Promise<TestClient[]> {
  const clients: TestClient[] = []
  while (clients.length < CONNECTIONS) {
    const handshakes = Array.from({ length: SIMULTANEOUS_HANDSHAKES }, () =>
      TestClient.connect(url),
    )
    clients.push(...(await Promise.all(handshakes)))
  }
  return clients
}
