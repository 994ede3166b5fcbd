import { describe, expect, it } from 'vitest'
import { heard, MachineDriver, message, MINUTE, ofType, SECOND, sent } from './machine-driver.ts'

/** Lets time pass on a line that is not quiet. */
function busy(client: MachineDriver, minutes: number, socket: number): void {
  for (let n = 0; n < minutes; n += 1) {
    client.pass(MINUTE)
    client.hear({ type: 'pong', connectionId: 'first' }, socket)
  }
}

/** A client whose second connection has just taken the place of the first. */
function replaced(): { client: MachineDriver; first: number; second: number } {
  const client = new MachineDriver()
  client.chance = 0
  const first = client.open('first')
  busy(client, 90, first)
  const second = client.succeed('second')
  return { client, first, second }
}

describe('a connection', () => {
  it.each([
    { chance: 0, minutes: 90 },
    { chance: 0.999_999_9, minutes: 115 },
  ])('is replaced at $minutes minutes', ({ chance, minutes }) => {
    const client = new MachineDriver()
    client.chance = chance
    client.open()
    busy(client, minutes - 1, 1)
    expect(client.socket).toBe(1)
    expect(ofType(client.pass(MINUTE), 'getToken')).toMatchObject([{ socket: 2, reason: 'renew' }])
    expect(client.state).toBe('open')
  })

  it('is replaced a minute before its token ends, but not in its first minute', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    client.succeed('first', client.nowMs + 5 * MINUTE)
    client.pass(4 * MINUTE - SECOND)
    expect(client.socket).toBe(1)
    client.pass(SECOND)
    expect(client.socket).toBe(2)
    client.succeed('second', client.nowMs + SECOND)
    client.pass(59 * SECOND)
    expect(client.socket).toBe(2)
    client.pass(SECOND)
    expect(client.socket).toBe(3)
  })

  it('stays open for half a minute beside the one that replaces it', () => {
    const { client, first } = replaced()
    expect(client.connectionId).toBe('second')
    expect(ofType(client.pass(29 * SECOND), 'close')).toEqual([])
    expect(ofType(client.pass(SECOND), 'close')).toEqual([{ type: 'close', socket: first }])
    expect(heard(client.effects, 'state')).toHaveLength(2)
    expect(heard(client.effects, 'reconnected')).toEqual([])
    expect(heard(client.effects, 'connected')).toHaveLength(2)
  })

  it('shows each message once that comes over both', () => {
    const { client, first, second } = replaced()
    client.hear(message('one'), first)
    client.hear(message('one'), second)
    client.hear(message('two'), second)
    client.hear(message('two'), first)
    expect(heard(client.effects, 'message')).toMatchObject([{ id: 'one' }, { id: 'two' }])
  })

  it('does not hear of its own messages by the other one', () => {
    const { client, first, second } = replaced()
    client.hear(message('own', 'second'), first)
    expect(heard(client.effects, 'message')).toEqual([])
    client.hear(message('own', 'second'), second)
    client.hear(message('private', 'second', 'you'), first)
    expect(heard(client.effects, 'message')).toMatchObject([{ id: 'own' }, { id: 'private' }])
  })

  it('takes acks of what was sent before, and sends the rest again when it ends', () => {
    const client = new MachineDriver()
    client.chance = 0
    const first = client.open('first')
    busy(client, 90, first)
    client.send('acked')
    client.send('lost')
    const second = client.succeed('second')
    expect(ofType(client.ack('acked', first), 'resolve')).toMatchObject([{ id: 'acked' }])
    expect(sent(client.pass(29 * SECOND))).toEqual([])
    client.hear({ type: 'pong', connectionId: 'second' })
    const texts = sent(client.pass(SECOND))
    expect(texts).toHaveLength(1)
    expect(texts[0]?.[0]).toBe(second)
    expect(texts[0]?.[1]).toContain('lost')
  })

  it('sends what the server refuses over it again over the one that replaces it', () => {
    const client = new MachineDriver()
    client.chance = 0
    const first = client.open('first')
    busy(client, 90, first)
    client.send('late')
    const second = client.succeed('second')
    const refusal = { type: 'error', re: 'late', code: 'FORBIDDEN', message: 'expired' }
    const effects = client.hear(refusal, first)
    expect(ofType(effects, 'reject')).toEqual([])
    expect(ofType(effects, 'close')).toEqual([{ type: 'close', socket: first }])
    expect(sent(effects).map(([socket]) => socket)).toEqual([second])
    expect(client.state).toBe('open')
  })

  it('that was replaced after tries that failed leaves a new count of them', () => {
    const client = new MachineDriver()
    client.chance = 0
    const first = client.open('first')
    busy(client, 90, first)
    client.chance = 0.999_999
    for (let n = 0; n < 3; n += 1) {
      client.drop()
      client.untilNextTry()
    }
    client.succeed('second')
    client.drop()
    expect(Math.round(client.untilNextTry() / SECOND)).toBe(1)
  })

  it('is kept while no other one can be had', () => {
    const client = new MachineDriver()
    client.open()
    busy(client, 110, 1)
    expect(client.socket).toBeGreaterThan(1)
    for (let n = 0; n < 5; n += 1) {
      client.drop()
      client.hear({ type: 'pong', connectionId: 'first' }, 1)
      client.untilNextTry()
    }
    expect(client.state).toBe('open')
    expect(client.connectionId).toBe('first')
  })

  it('that is lost meanwhile is followed by the one that is being opened', () => {
    const client = new MachineDriver()
    client.chance = 0
    client.open()
    busy(client, 90, 1)
    client.drop(1)
    expect(client.state).toBe('reconnecting')
    client.succeed('second')
    expect(client.socket).toBe(2)
    expect(client.state).toBe('open')
    expect(heard(client.effects, 'reconnected')).toHaveLength(1)
  })
})
