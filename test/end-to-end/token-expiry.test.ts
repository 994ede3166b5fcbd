import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { AUDIENCE, PAGE, startClosedStack, type ClosedStack } from '../support/closed-stack.ts'
import { eventually } from '../support/eventually.ts'

let stack: ClosedStack
beforeAll(async () => {
  stack = await startClosedStack(inject('closedAssembly'))
})
afterAll(() => stack.close())

/** Connects as a page does, with a token that ends then. */
async function connectAs(user: string, seconds: number): Promise<TestClient> {
  const { issuer, local } = stack
  const exp = Math.floor(local.clock.now() / 1_000) + seconds
  const token = await issuer.sign({ sub: user, aud: AUDIENCE, exp })
  const subprotocols = ['switchboard.v1', `bearer.${token}`]
  const client = await TestClient.connect(local.url, { origin: PAGE, subprotocols })
  expect(client.socket.protocol).toBe('switchboard.v1')
  return client
}

describe('a message of somebody with a token', () => {
  it('S2: says who sent it, as the issuer vouches for, and not what the client claims', async () => {
    const [alice, bob] = [await connectAs('alice', 60), await connectAs('bob', 60)]
    const claim = { action: 'sendmessage', data: { user: 'bob' } }
    expect(await alice.request(claim)).toMatchObject({ sent: 2 })
    const from = await alice.connectionId()
    expect(await bob.nextOfType('message')).toMatchObject({ from, user: 'alice', data: claim.data })
    expect(await bob.request('PRIVATE:' + from + ':hi')).toMatchObject({ sent: 1 })
    await alice.nextOfType('message')
    expect(await alice.nextOfType('message')).toMatchObject({ user: 'bob', to: 'you', data: 'hi' })
    await Promise.all([alice.close(), bob.close()])
    await eventually(async () => (await dumpTable(stack.local)).length === 0)
  })
})

describe('a token that expires five seconds after the handshake', () => {
  it('S20: ends the connection for every audience, and closes it at its next message', async () => {
    const { local } = stack
    const [alice, bob] = [await connectAs('alice', 5), await connectAs('bob', 3_600)]
    expect(await bob.request('BROADCAST:before')).toMatchObject({ sent: 2, gone: 0, failed: 0 })
    expect(await alice.nextOfType('message')).toMatchObject({ user: 'bob', data: 'before' })

    await local.clock.advance('5 seconds')
    expect(await bob.request('BROADCAST:after')).toMatchObject({ sent: 1, gone: 0, failed: 0 })

    alice.send({ action: 'sendmessage', id: '7', data: 'too late' })
    await alice.closed
    // What came, in order: not the message after the token's end.
    expect(alice.pending.map((text): unknown => JSON.parse(text))).toEqual([
      {
        type: 'error',
        re: '7',
        code: 'FORBIDDEN',
        message: 'your token has expired: connect with a new one',
      },
    ])
    expect(await alice.closed).toMatchObject({ code: 1000 })
    await bob.request({ action: 'ping' })
    expect(bob.pending.filter((text) => text.includes('too late'))).toEqual([])
    await bob.close()
    await eventually(async () => (await dumpTable(local)).length === 0)
  })
})
