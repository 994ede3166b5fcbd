import { describe, expect, it } from 'vitest'
import { SwitchboardError } from '../../client/index.ts'
import {
  frameOf,
  heard,
  MachineDriver,
  message,
  MINUTE,
  ofType,
  RECEIPT,
  SECOND,
  sent,
} from './machine-driver.ts'

function refusal(code: string, re: string, more: object = {}): object {
  return { type: 'error', re, code, message: 'why', ...more }
}

function open(maxPending?: number): MachineDriver {
  const client = new MachineDriver(maxPending)
  client.open()
  return client
}

describe('a message', () => {
  it('is sent at once, and settled by its ack', () => {
    const client = open()
    expect(sent(client.send('a'))).toEqual([[1, frameOf('a')]])
    expect(client.ack('a')).toEqual([{ type: 'resolve', id: 'a', reply: RECEIPT }])
    expect(client.ack('a')).toEqual([])
  })

  it('is told to be queued as the server tells it', () => {
    const client = open()
    client.send('a')
    expect(client.hear({ type: 'ack', re: 'a', id: 'message', queued: true })).toEqual([
      { type: 'resolve', id: 'a', reply: { id: 'message', queued: true } },
    ])
  })

  it('waits while the client is away, and goes out in its order', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    client.send('a')
    client.send('b')
    expect(sent(client.effects)).toEqual([])
    client.succeed('first')
    expect(sent(client.effects).slice(1)).toEqual([
      [1, frameOf('a')],
      [1, frameOf('b')],
    ])
  })

  it('is sent again over the next connection, the same, when its ack was lost', () => {
    const client = open()
    client.send('a')
    client.drop()
    client.untilNextTry()
    client.succeed('second')
    expect(sent(client.effects).filter(([, text]) => text === frameOf('a'))).toEqual([
      [1, frameOf('a')],
      [2, frameOf('a')],
    ])
    expect(ofType(client.ack('a'), 'resolve')).toHaveLength(1)
  })

  it('is sent again when it is not answered while others are', () => {
    const client = open()
    client.send('a')
    for (let n = 0; n < 34; n += 1) {
      client.pass(SECOND)
      client.hear(message(`other ${n}`))
    }
    expect(sent(client.effects).filter(([, text]) => text === frameOf('a'))).toHaveLength(1)
    client.pass(SECOND)
    expect(sent(client.effects).filter(([, text]) => text === frameOf('a'))).toHaveLength(2)
  })

  it.each(['BAD_MESSAGE', 'UNKNOWN_ACTION', 'TOO_LARGE', 'NOT_CONNECTED'])(
    'is rejected with the code %s',
    (code) => {
      const client = open()
      client.send('a')
      const [effect] = ofType(client.hear(refusal(code, 'a')), 'reject')
      expect(effect?.id).toBe('a')
      expect(effect?.error).toBeInstanceOf(SwitchboardError)
      expect(effect?.error).toMatchObject({ code, message: 'why' })
      expect(client.state).toBe('open')
    },
  )

  it('is sent again, the same, when the server has failed at it, and the fault is reported', () => {
    const client = open()
    client.send('a')
    const effects = client.hear(refusal('INTERNAL', 'a'))
    expect(ofType(effects, 'reject')).toEqual([])
    expect(heard(effects, 'error')).toMatchObject([{ code: 'INTERNAL', message: 'why' }])
    expect(sent(client.pass(SECOND))).toEqual([[1, frameOf('a')]])
    expect(ofType(client.ack('a'), 'resolve')).toHaveLength(1)
  })

  it('times out after its time, away or not', () => {
    const client = new MachineDriver()
    client.tell({ type: 'connect' })
    client.send('a', 5 * SECOND)
    expect(ofType(client.pass(4.9 * SECOND), 'reject')).toEqual([])
    expect(ofType(client.pass(SECOND), 'reject')).toMatchObject([{ error: { code: 'TIMEOUT' } }])
  })

  it('is given up when its sender does not wait any more', () => {
    const client = open()
    client.send('a')
    const error = new Error('enough')
    expect(client.tell({ type: 'cancel', id: 'a', error })).toEqual([
      { type: 'reject', id: 'a', error },
    ])
    expect(client.ack('a')).toEqual([])
    expect(client.tell({ type: 'cancel', id: 'a', error })).toEqual([])
  })

  it('is rejected when too many wait, and only then', () => {
    const client = new MachineDriver(2)
    client.tell({ type: 'connect' })
    client.send('a')
    expect(ofType(client.send('b'), 'reject')).toEqual([])
    expect(client.send('c')).toMatchObject([
      { type: 'reject', id: 'c', error: { code: 'QUEUE_FULL' } },
    ])
  })

  it('is rejected when the client closes, and afterwards', () => {
    const client = open()
    client.send('a')
    const closed = { error: { code: 'CLOSED' } }
    expect(ofType(client.tell({ type: 'close' }), 'reject')).toMatchObject([{ id: 'a', ...closed }])
    expect(ofType(client.send('b'), 'reject')).toMatchObject([{ id: 'b', ...closed }])
  })
})

describe('many messages', () => {
  it('are at most sixteen under way, and each ack lets the next one go', () => {
    const client = open()
    for (let n = 0; n < 20; n += 1) client.send(`m${n}`)
    expect(sent(client.effects).slice(1)).toHaveLength(16)
    expect(sent(client.ack('m0'))).toEqual([[1, frameOf('m16')]])
  })
})

describe('a limited rate', () => {
  it('is waited out: what was refused is sent again, one at a time at first', () => {
    const client = open()
    for (const id of ['a', 'b', 'c']) client.send(id)
    const limited = { retryAfterMs: 3 * SECOND }
    for (const id of ['a', 'b', 'c']) client.hear(refusal('RATE_LIMITED', id, limited))
    expect(sent(client.pass(2.9 * SECOND))).toEqual([])
    expect(sent(client.pass(0.2 * SECOND))).toEqual([[1, frameOf('a')]])
    expect(sent(client.ack('a'))).toHaveLength(2)
    expect(ofType(client.effects, 'reject')).toEqual([])
  })

  it('is the one of a connection: over the next one all goes at once again', () => {
    const client = open()
    for (let n = 0; n < 16; n += 1) client.send(`m${n}`)
    client.hear(refusal('RATE_LIMITED', 'm0', { retryAfterMs: MINUTE }))
    client.drop()
    client.untilNextTry()
    const { length } = client.effects
    client.succeed('second')
    expect(sent(client.effects.slice(length)).slice(1)).toHaveLength(16)
  })

  it('that ends the connection sends the message over the next one', () => {
    const client = open()
    client.pass(MINUTE)
    client.send('a')
    client.hear(refusal('RATE_LIMITED', 'a'))
    expect(client.state).toBe('reconnecting')
    client.untilNextTry()
    client.succeed('second')
    expect(sent(client.effects).at(-1)).toEqual([2, frameOf('a')])
  })
})

describe('FORBIDDEN', () => {
  it('ends the connection, and the message goes over one with a new token', () => {
    const client = open()
    client.pass(MINUTE)
    client.send('a')
    client.hear(refusal('FORBIDDEN', 'a'))
    expect(heard(client.effects, 'state').at(-1)).toMatchObject({ reason: 'refused' })
    client.untilNextTry()
    expect(ofType(client.effects, 'getToken').at(-1)).toMatchObject({ reason: 'refused' })
    client.succeed('second')
    expect(sent(client.effects).at(-1)).toEqual([2, frameOf('a')])
  })

  it('on a connection that is new already rejects the message', () => {
    const client = open()
    client.send('a')
    expect(ofType(client.hear(refusal('FORBIDDEN', 'a')), 'reject')).toMatchObject([
      { id: 'a', error: { code: 'FORBIDDEN' } },
    ])
    expect(client.state).toBe('reconnecting')
  })
})

describe("an answer of API Gateway's own", () => {
  const failure = { message: 'Internal server error', connectionId: 'first', requestId: 'x' }

  it('is reported, and what was under way is sent again soon', () => {
    const client = open()
    client.send('a')
    expect(heard(client.hear(failure), 'error')).toMatchObject([
      { code: 'GATEWAY', message: 'Internal server error' },
    ])
    expect(sent(client.pass(2 * SECOND))).toEqual([[1, frameOf('a')]])
  })

  it('is waited out longer each time', () => {
    const client = open()
    client.chance = 0.999_999
    client.send('a')
    const waits = [1, 2, 3].map(() => {
      client.hear(failure)
      const startMs = client.nowMs
      const { length } = client.effects
      while (!sent(client.effects.slice(length)).some(([, text]) => text === frameOf('a'))) {
        client.pass(SECOND)
        client.hear({ type: 'pong', connectionId: 'first' })
      }
      return Math.round((client.nowMs - startMs) / SECOND)
    })
    expect(waits).toEqual([2, 4, 8])
  })
})

describe('a received message', () => {
  it('is shown once, however often it is delivered', () => {
    const client = open()
    client.hear(message('a'))
    client.hear(message('b'))
    client.hear(message('a'))
    expect(heard(client.effects, 'message')).toMatchObject([{ id: 'a' }, { id: 'b' }])
  })

  it('is known among the last thousand', () => {
    const client = open()
    client.hear(message('first'))
    for (let n = 0; n < 999; n += 1) client.hear(message(`m${n}`))
    expect(heard(client.hear(message('first')), 'message')).toEqual([])
    client.hear(message('one more'))
    expect(heard(client.hear(message('first')), 'message')).toHaveLength(1)
  })

  it.each(['', '{', '[]', 'null', '7', '{}', '{"type":"later"}', '{"type":"ack"}'])(
    'that is no message does no harm: %s',
    (text) => {
      const client = open()
      client.tell({ type: 'frame', socket: 1, text })
      expect(client.state).toBe('open')
      expect(heard(client.effects, 'message')).toEqual([])
    },
  )
})
