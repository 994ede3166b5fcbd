import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Receipt } from '../../client/index.ts'
import type { Local } from '../../local/index.ts'
import { eventually } from '../support/eventually.ts'
import { isPush, type HeldSocket } from '../support/held-socket.ts'
import { startStack } from '../support/stack.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { LocalClients, SleepyClock } from './local-clients.ts'

let local: Local
let clients: LocalClients
beforeAll(async () => {
  local = await startStack()
  clients = new LocalClients(local)
})
afterEach(async () => {
  local.faults.clear()
  await clients.close()
})
afterAll(() => local.close())

function liveOf(sockets: readonly HeldSocket[]): readonly HeldSocket[] {
  return sockets.filter(({ closeCode }) => closeCode === undefined)
}

describe('past two hours', () => {
  it('no message of a steady traffic is lost or doubled, and no gap is felt', async () => {
    const sender = await clients.open()
    const receiver = await clients.open()
    const sent: string[] = []
    const say = async (): Promise<void> => {
      const count = sent.push(`message ${sent.length}`)
      await sender.client.broadcast(`message ${count - 1}`)
      await eventually(() => sender.shown.length >= count && receiver.shown.length >= count)
    }
    for (const { client } of [sender, receiver]) {
      client.on('connected', () => {
        // While there are two, and when there is one again.
        for (const seconds of [1, 20, 29, 31]) {
          local.clock.after(seconds * 1_000, () => void local.clock.hold(say()))
        }
      })
    }
    const endsMs = local.clock.now() + 125 * 60_000
    while (local.clock.now() < endsMs) {
      await say()
      await local.clock.advance('2 minutes')
    }
    for (const { shown, reasons, sockets } of [sender, receiver]) {
      expect(shown.toSorted()).toEqual(sent.toSorted())
      expect(reasons).toEqual(['connect', 'answered'])
      // One was replaced in time, and closed by the client.
      expect(sockets.map(({ closeCode }) => closeCode)).toEqual([1_000, undefined])
    }
  })

  it('what is on its way to the connection that is replaced still arrives', async () => {
    const sender = await clients.open()
    const scans = (): number =>
      local.trace.ofKind('call').filter(({ action }) => action === 'dynamodb:Scan').length
    let receipt: Promise<Receipt> | undefined
    const { shown, sockets } = await clients.open({
      random: () => 0,
      getToken: async ({ reason }) => {
        if (reason !== 'renew') return 'anyone'
        // It knows nothing of the next connection, and comes to the old one after that has answered.
        local.faults.set({ rules: [{ on: 'connections', latencyMs: 1_000 }] })
        const before = scans()
        receipt = sender.client.broadcast('in between')
        await eventually(() => scans() > before)
        return 'anyone'
      },
    })
    await local.clock.advance('90 minutes')
    await eventually(() => shown.length > 0)
    expect(shown).toEqual(['in between'])
    expect(await receipt).toMatchObject({ sent: 2 })
    expect(liveOf(sockets)).toHaveLength(2)
  })
})

describe('an hour of silence', () => {
  it('costs twenty messages at most, the connection’s first ping among them', async () => {
    const before = local.trace.ofKind('message').length
    const pushesBefore = pushes()
    // As often as it ever happens.
    const { reasons } = await clients.open({ random: () => 0 })
    await local.clock.advance('1 hour')
    expect(reasons).toEqual(['connect', 'answered'])
    const messages = local.trace.ofKind('message').slice(before)
    expect(new Set(messages.map(({ routeKey }) => routeKey))).toEqual(new Set(['ping']))
    expect(pushes()).toBe(pushesBefore)
    // Each has a reply.
    const billed = 2 * messages.length
    expect(billed).toBeGreaterThan(14)
    expect(billed).toBeLessThanOrEqual(20)
  })
})

describe('a line that is lost', () => {
  it('because the machine slept for ten minutes is followed by another one', async () => {
    const clock = new SleepyClock(local.clock)
    const { client, reasons, sockets } = await clients.open({ clock })
    clock.sleep()
    await local.clock.advance('10 minutes')
    expect(sockets[0]?.closeCode).toBe(1_001)
    expect(client.state).toBe('reconnecting')
    clock.wake()
    await clients.until(() => client.state === 'open')
    expect(reasons).toEqual(['connect', 'answered', 'dropped', 'answered'])
    expect(await client.broadcast('again')).toMatchObject({ sent: 1 })
  })

  it('without a word is found by a ping, and what others say then arrives', async () => {
    await using proxy = await startTcpProxy(local.url)
    const { client, shown, reasons } = await clients.open({ url: proxy.url })
    const other = await clients.open()
    proxy.freeze()
    await local.clock.advance('8 minutes')
    await clients.until(() => reasons.length === 4)
    expect(reasons).toEqual(['connect', 'answered', 'silent', 'answered'])
    await other.client.sendTo(client.connectionId ?? '', 'there you are')
    await eventually(() => shown.length > 0)
    expect(shown).toEqual(['there you are'])
  })

  it('with a message under way loses nothing: it is sent again over the next one', async () => {
    await using proxy = await startTcpProxy(local.url)
    const { client, reasons, sockets } = await clients.open({ url: proxy.url })
    const other = await clients.open()
    proxy.freeze()
    const receipt = client.broadcast('hello')
    await clients.until(() => reasons.length === 4)
    // As soon as it is back.
    expect(sockets[1]?.sent.at(-1)).toContain('hello')
    expect(await receipt).toMatchObject({ failed: 0 })
    await eventually(() => other.shown.length > 0)
    expect(other.shown).toEqual(['hello'])
  })
})

describe('a message', () => {
  it('to a connection that is gone is rejected with NOT_CONNECTED', async () => {
    const { client } = await clients.open()
    const sending = client.sendTo('L0SM9cOFvHcCIhw=', 'hello?')
    await expect(sending).rejects.toMatchObject({ code: 'NOT_CONNECTED' })
    expect(client.state).toBe('open')
  })

  it('over 32 KB is rejected with TOO_LARGE, and the connection stays', async () => {
    const { client, reasons } = await clients.open()
    const envelope = JSON.stringify({ action: 'sendmessage', id: 'x'.repeat(36), data: '' }).length
    const most = 'x'.repeat(32 * 1_024 - envelope)
    expect(await client.broadcast(most)).toMatchObject({ sent: 1 })
    await expect(client.broadcast(`${most}x`)).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(await client.broadcast('less')).toMatchObject({ sent: 1 })
    expect(reasons).toEqual(['connect', 'answered'])
  })

  it('among sixty at once waits its turn, and arrives', async () => {
    const { client, shown, errors, sockets } = await clients.open()
    const texts = Array.from({ length: 60 }, (_, index) => `${index}`)
    const receipts = Promise.all(texts.map((text) => client.broadcast(text)))
    let isDone = false
    void receipts.then(() => (isDone = true))
    await clients.until(() => isDone)
    for (const receipt of await receipts) expect(receipt).toMatchObject({ sent: 1, failed: 0 })
    await eventually(() => shown.length === 60)
    expect(new Set(shown)).toEqual(new Set(texts))
    // The server had to ask for a pause, and never had to end the connection.
    expect(sockets[0]?.received.filter((text) => text.includes('RATE_LIMITED'))).not.toEqual([])
    expect(sockets).toHaveLength(1)
    expect(errors).toEqual([])
  })
})

describe('under faults', () => {
  it('each message settles, and is shown once by everybody', async () => {
    const three = await Promise.all([clients.open(), clients.open(), clients.open()])
    local.faults.set({
      seed: 7,
      rules: [
        { on: 'connections', status: 429, probability: 0.2 },
        { on: 'connections', reset: 'before', probability: 0.05 },
        // It has arrived, and the function posts it again.
        { on: 'connections', reset: 'after', probability: 0.2 },
        { on: 'function', function: '*SendMessage*', kill: { afterCalls: 3 }, probability: 0.1 },
      ],
    })
    const sent: string[] = []
    const settled: Promise<unknown>[] = []
    for (let round = 0; round < 8; round += 1) {
      for (const [index, { client }] of three.entries()) {
        sent.push(`${index}-${round}`)
        settled.push(client.broadcast(`${index}-${round}`))
      }
      await local.clock.advance('1 second')
    }
    let isDone = false
    void Promise.all(settled).then(() => (isDone = true))
    await clients.until(() => isDone)
    for (const { shown, sockets } of three) {
      await eventually(() => shown.length >= sent.length)
      expect(shown.toSorted()).toEqual(sent.toSorted())
      // More had come: something was delivered twice.
      const came = sockets.flatMap(({ received }) => received)
      const pushed = came.filter((text) => isPush(text))
      expect(pushed.length).toBeGreaterThan(sent.length)
    }
    expect(local.trace.ofKind('fault').length).toBeGreaterThan(10)
  })
})

/** Posts to connections so far. */
function pushes(): number {
  return local.trace
    .ofKind('call')
    .filter(({ action }) => action === 'execute-api:ManageConnections').length
}
