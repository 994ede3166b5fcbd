import { afterEach, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { IS_LARGE } from '../support/scale.ts'
import { startStack } from '../support/stack.ts'

/** As many as a message is pushed to before its sender is answered; a quarter shows the same. */
const CONNECTIONS = IS_LARGE ? 1_000 : 250

/** Fewer, where it is the pages that count. */
const PAGED_CONNECTIONS = 100
const SIMULTANEOUS_HANDSHAKES = 50

let local: Local | undefined

afterEach(() => local?.close())

describe('connections', () => {
  it.each([
    [CONNECTIONS, 'at once, read in one page', undefined, 1, { sent: CONNECTIONS, failed: 0 }],
    // The first page, which is all that the sender's function reads, and three of the worker's.
    [PAGED_CONNECTIONS, 'behind the queue, in pages of 40', 40, 4, { queued: true }],
  ])(
    'S10: all get one broadcast: %i of them, %s',
    async (connections, _, scanPageItems, pages, told) => {
      // On a fast machine they come faster than an account's quota allows.
      const quotas = { newConnectionsPerSecond: connections }
      local = await startStack({ scanPageItems, quotas })
      const clients = await connectMany(local.url, connections)
      const [sender] = clients
      if (!sender) throw new Error('no client')

      sender.send({ action: 'sendmessage', data: 'to all' })
      const messages = await Promise.all(clients.map((client) => client.nextOfType('message')))
      const ack = await sender.nextOfType('ack')

      expect(ack).toMatchObject(told)
      expect(new Set(messages.map(({ id }) => id))).toEqual(new Set([ack['id']]))
      const scans = local.trace.ofKind('call').filter(({ action }) => action === 'dynamodb:Scan')
      expect(scans.length).toBeGreaterThanOrEqual(pages)
      expect(clients.flatMap(({ pending }) => pending)).toEqual([])
    },
    60_000,
  )
})

async function connectMany(url: string, count: number): Promise<TestClient[]> {
  const clients: TestClient[] = []
  while (clients.length < count) {
    const handshakes = Array.from({ length: SIMULTANEOUS_HANDSHAKES }, () =>
      TestClient.connect(url),
    )
    clients.push(...(await Promise.all(handshakes)))
  }
  return clients
}
