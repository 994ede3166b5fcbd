import { describe, expect, it } from 'vitest'
import { expiryOf } from '../../client/token.ts'
import { heard, MachineDriver, MINUTE, ofType, SECOND } from './machine-driver.ts'

/** Why tokens were asked for. */
function reasons(client: MachineDriver): string[] {
  return ofType(client.effects, 'getToken').map(({ reason }) => reason)
}

describe('a token', () => {
  it('is asked for before each connection, one at a time', () => {
    const client = new MachineDriver()
    client.open()
    client.drop()
    client.pass(20 * SECOND)
    expect(reasons(client)).toEqual(['connect', 'reconnect'])
  })

  it('is asked for as refused after two, four, eight tries in a row that failed, until one succeeds', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(MINUTE)
    client.drop()
    for (let n = 0; n < 5; n += 1) {
      client.untilNextTry()
      client.drop()
    }
    client.untilNextTry()
    const first = ['connect', 'reconnect', 'reconnect']
    expect(reasons(client)).toEqual([...first, 'refused', 'reconnect', 'refused', 'reconnect'])
    client.succeed('second')
    client.drop()
    client.untilNextTry()
    expect(reasons(client).at(-1)).toBe('reconnect')
  })

  it('is asked for as refused after the server has refused it, also when a try was under way', () => {
    const client = new MachineDriver()
    client.chance = 0
    client.tell({ type: 'connect' })
    client.succeed('first', client.nowMs + 2 * MINUTE)
    client.pass(MINUTE)
    const error = { type: 'error', code: 'FORBIDDEN', message: 'why' }
    client.hear(error, 1)
    expect(client.state).toBe('reconnecting')
    client.drop(2)
    expect(reasons(client)).toEqual(['connect', 'renew', 'refused'])
  })

  it('that does not come in half a minute is asked for anew', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    expect(ofType(client.pass(29 * SECOND), 'close')).toEqual([])
    expect(ofType(client.pass(2 * SECOND), 'close')).toEqual([{ type: 'close', socket: 1 }])
    expect(reasons(client)).toHaveLength(2)
    expect(client.tell({ type: 'token', socket: 1, token: 'late' })).toEqual([])
  })

  it('that cannot be had for now is reported, and asked for again', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    const error = new Error('the network')
    client.tell({ type: 'tokenFailed', socket: 1, error, final: false })
    expect(heard(client.effects, 'error')).toEqual([error])
    expect(client.state).toBe('connecting')
    client.untilNextTry()
    expect(reasons(client)).toHaveLength(2)
  })

  it('that nobody will give ends all', () => {
    const client = new MachineDriver()
    client.open()
    client.send('a')
    client.drop()
    client.untilNextTry()
    const error = new Error('signed out')
    client.tell({ type: 'tokenFailed', socket: 2, error, final: true })
    expect(client.state).toBe('closed')
    expect(ofType(client.effects, 'reject')).toEqual([{ type: 'reject', id: 'a', error }])
    expect(heard(client.effects, 'state').at(-1)).toMatchObject({ reason: 'unauthorized', error })
    expect(client.deadlineMs).toBe(Infinity)
  })
})

describe('the end of a token', () => {
  function tokenOf(payload: unknown): string {
    return `head.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.signature`
  }

  it('is read from it', () => {
    expect(expiryOf(tokenOf({ exp: 1_800_000_000, name: 'Ünïcödé ÿ>>>???' }))).toBe(
      1_800_000_000_000,
    )
  })

  it.each([
    undefined,
    '',
    'opaque',
    'a.b.c',
    'a.%.c',
    tokenOf(null),
    tokenOf([]),
    tokenOf({}),
    tokenOf({ exp: '1800000000' }),
  ])('is unknown of %s', (token) => {
    expect(expiryOf(token)).toBeUndefined()
  })
})
