import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { AuthError, type ClientOptions, type TokenRequest } from '../../client/index.ts'
import { AUDIENCE, PAGE, startClosedStack, type ClosedStack } from '../support/closed-stack.ts'
import { eventually } from '../support/eventually.ts'
import { LocalClients } from './local-clients.ts'

const MINUTE_SECONDS = 60

let stack: ClosedStack
let clients: LocalClients
beforeAll(async () => {
  stack = await startClosedStack(inject('closedAssembly'))
  clients = new LocalClients(stack.local, PAGE)
})
afterEach(() => clients.close())
afterAll(() => stack.close())

/** Tokens for so long, and why they were asked for. */
function tokensFor(lifetimeSeconds: number) {
  const asked: TokenRequest['reason'][] = []
  const getToken: ClientOptions['getToken'] = ({ reason }) => {
    asked.push(reason)
    return tokenFor(lifetimeSeconds)
  }
  return { asked, getToken }
}

function tokenFor(lifetimeSeconds: number): Promise<string> {
  const { issuer, local } = stack
  const exp = Math.floor(local.clock.now() / 1_000) + lifetimeSeconds
  return issuer.sign({ sub: 'alice', aud: AUDIENCE, exp })
}

describe('a token that ends after five minutes', () => {
  it('is renewed before that, and no message is missed', async () => {
    const { asked, getToken } = tokensFor(5 * MINUTE_SECONDS)
    const alice = await clients.open({ getToken })
    const bob = await clients.open(tokensFor(60 * MINUTE_SECONDS))
    const sent: string[] = []
    for (let step = 0; step < 40; step += 1) {
      sent.push(`message ${step}`)
      await bob.client.broadcast(`message ${step}`)
      await eventually(() => alice.shown.length === sent.length)
      await stack.local.clock.advance('15 seconds')
    }
    expect(alice.shown).toEqual(sent)
    expect(asked).toEqual(['connect', 'renew', 'renew'])
    expect(alice.reasons).toEqual(['connect', 'answered'])
  })

  it('is missed by a clock that is an hour late: the next message goes over another connection', async () => {
    const { clock: right } = stack.local
    const clock = {
      now: () => right.now() - 60 * MINUTE_SECONDS * 1_000,
      after: (milliseconds: number, task: () => void) => right.after(milliseconds, task),
    }
    const { asked, getToken } = tokensFor(5 * MINUTE_SECONDS)
    const { client, reasons, shown, sockets } = await clients.open({ getToken, clock })
    await right.advance('6 minutes')
    const receipt = client.broadcast('hello')
    await eventually(() => reasons.length > 2)
    await clients.until(() => client.state === 'open')
    expect(await receipt).toMatchObject({ sent: 1 })
    await eventually(() => shown.length === 1)
    expect(reasons).toEqual(['connect', 'answered', 'refused', 'answered'])
    expect(asked).toEqual(['connect', 'refused'])
    expect(sockets[0]?.received.some((text) => text.includes('FORBIDDEN'))).toBe(true)
  })
})

describe('a token that is refused twice', () => {
  it('is asked for as refused, and a new one lets the client in', async () => {
    const asked: TokenRequest['reason'][] = []
    const { client } = clients.create({
      getToken: async ({ reason }) => {
        asked.push(reason)
        const token = await tokenFor(MINUTE_SECONDS)
        return reason === 'refused' ? token : `${token}x`
      },
    })
    await clients.until(() => client.state === 'open')
    expect(asked).toEqual(['connect', 'connect', 'refused'])
  })
})

describe('nobody who is signed in', () => {
  it('is told to everybody who waits, and the client is closed', async () => {
    const { getToken } = tokensFor(60 * MINUTE_SECONDS)
    let isSignedIn = true
    const { client, sockets } = await clients.open({
      getToken: (request) => {
        if (!isSignedIn) throw new AuthError('signed out')
        return getToken(request)
      },
    })
    isSignedIn = false
    // The server forgets the connection, and so ends it.
    await stack.local.clock.advance('2 hours')
    await clients.until(() => client.state === 'closed')
    await expect(client.broadcast('hello')).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(client.connect()).rejects.toThrow('signed out')
    await eventually(() => sockets.every(({ closeCode }) => closeCode !== undefined))
  })
})
