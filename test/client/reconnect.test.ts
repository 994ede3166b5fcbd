import { describe, expect, it } from 'vitest'
import {
  heard,
  MachineDriver,
  message,
  MINUTE,
  ofType,
  PING,
  SECOND,
  sent,
} from './machine-driver.ts'

describe('connecting', () => {
  it('asks for a token, opens a socket, and is open when the first ping is answered', () => {
    const client = new MachineDriver()
    expect(client.state).toBe('idle')
    expect(ofType(client.tell({ type: 'connect' }), 'getToken')).toEqual([
      { type: 'getToken', socket: 1, reason: 'connect' },
    ])
    expect(client.state).toBe('connecting')
    expect(client.tell({ type: 'token', socket: 1, token: 'secret' })).toEqual([
      { type: 'open', socket: 1, token: 'secret' },
    ])
    expect(sent(client.tell({ type: 'opened', socket: 1 }))).toEqual([[1, PING]])
    expect(client.state).toBe('connecting')
    const effects = client.hear({ type: 'pong', connectionId: 'L0SM9cOFvHcCIhw=' })
    expect(client.state).toBe('open')
    expect(client.connectionId).toBe('L0SM9cOFvHcCIhw=')
    expect(effects.map((effect) => effect.type === 'emit' && effect.name)).toEqual([
      'state',
      'connected',
    ])
  })

  it('takes its id from an answer of API Gateway itself, too', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    client.tell({ type: 'token', socket: 1 })
    client.tell({ type: 'opened', socket: 1 })
    client.hear({ message: 'Forbidden', connectionId: 'L0SM9cOFvHcCIhw=', requestId: 'x' })
    expect(client.connectionId).toBe('L0SM9cOFvHcCIhw=')
  })

  it('gives up a handshake after ten seconds, and tries again', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    client.tell({ type: 'token', socket: 1 })
    expect(ofType(client.pass(9.9 * SECOND), 'close')).toEqual([])
    expect(ofType(client.pass(1 * SECOND), 'close')).toEqual([{ type: 'close', socket: 1 }])
    expect(client.socket).toBe(2)
  })
})

describe('reconnecting', () => {
  it('waits a random part of a second that doubles up to thirty, for ever', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(MINUTE)
    client.chance = 0.999_999
    client.drop()
    const waits = Array.from({ length: 40 }, () => {
      const wait = Math.round(client.untilNextTry() / SECOND)
      client.drop()
      return wait
    })
    expect(waits.slice(0, 7)).toEqual([1, 2, 4, 8, 16, 30, 30])
    expect(new Set(waits.slice(5))).toEqual(new Set([30]))
  })

  it('may try at once: the jitter is full', () => {
    const client = new MachineDriver()
    client.open()
    client.chance = 0
    client.drop()
    expect(client.socket).toBe(2)
  })

  it('begins anew after half a minute of uptime, and not before', () => {
    const client = new MachineDriver()
    client.open()
    client.drop()
    for (const uptime of [29 * SECOND, 29 * SECOND]) {
      client.untilNextTry()
      client.succeed('again')
      client.pass(uptime)
      client.drop()
    }
    client.chance = 0.999_999
    expect(Math.round(client.untilNextTry() / SECOND)).toBe(2)
    client.succeed('stable')
    client.pass(30 * SECOND)
    client.drop()
    expect(Math.round(client.untilNextTry() / SECOND)).toBe(1)
  })

  it('tries at once when the machine is online or the page visible again', () => {
    const client = new MachineDriver()
    client.open()
    client.drop()
    for (let n = 0; n < 6; n += 1) {
      client.untilNextTry()
      client.drop()
    }
    const { socket } = client
    client.tell({ type: 'nudge' })
    expect(client.socket).toBe(socket + 1)
    client.tell({ type: 'nudge' })
    expect(client.socket).toBe(socket + 1)
  })

  it('says how long it has heard nothing: what came meanwhile may be missed', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(MINUTE)
    client.hear(message('last'))
    // It was asleep, say, and learns of the loss as it wakes up.
    client.nowMs += MINUTE
    client.drop()
    expect(client.state).toBe('reconnecting')
    expect(client.connectionId).toBeUndefined()
    client.pass(5 * SECOND)
    client.succeed('second')
    expect(heard(client.effects, 'reconnected')).toEqual([
      { connectionId: 'second', awayMs: MINUTE + 5 * SECOND },
    ])
    expect(heard(client.effects, 'state')).toEqual([
      { state: 'connecting', previous: 'idle', reason: 'connect' },
      { state: 'open', previous: 'connecting', reason: 'answered' },
      { state: 'reconnecting', previous: 'open', reason: 'dropped' },
      { state: 'open', previous: 'reconnecting', reason: 'answered' },
    ])
  })

  it('takes no notice of what a socket says that is given up', () => {
    const client = new MachineDriver()
    const first = client.open()
    client.drop()
    client.untilNextTry()
    const second = client.succeed('second')
    expect(
      client.hear({ type: 'message', id: 'late', from: 'x', to: 'you', data: 1 }, first),
    ).toEqual([])
    expect(client.drop(first)).toEqual([])
    expect(client.state).toBe('open')
    expect(second).not.toBe(first)
  })
})

describe('closing', () => {
  it('closes what there is, and is over for good', () => {
    const client = new MachineDriver()
    client.open()
    expect(client.tell({ type: 'close' })).toMatchObject([
      { type: 'emit', name: 'state', event: { state: 'closed', reason: 'close' } },
      { type: 'close', socket: 1 },
    ])
    for (const type of ['connect', 'nudge', 'tick', 'close'] as const) {
      expect(client.tell({ type })).toEqual([])
    }
    expect(client.deadlineMs).toBe(Infinity)
  })
})
