import { describe, expect, it } from 'vitest'
import { MachineDriver, message, MINUTE, ofType, PING, SECOND, sent } from './machine-driver.ts'

describe('a quiet line', () => {
  it.each([
    { chance: 0, minutes: 6.5 },
    { chance: 0.999_999_9, minutes: 8 },
  ])('is asked for a sign of life after $minutes minutes', ({ chance, minutes }) => {
    const client = new MachineDriver()
    client.chance = chance
    client.open()
    expect(sent(client.pass(minutes * MINUTE - SECOND))).toEqual([])
    expect(sent(client.pass(SECOND))).toEqual([[1, PING]])
  })

  it('is not asked while something is heard, whatever it is', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(6 * MINUTE)
    client.hear(message('one'))
    expect(sent(client.pass(6 * MINUTE))).toEqual([])
  })

  it('is given up when it does not answer in five seconds, and replaced', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(7.25 * MINUTE)
    expect(client.state).toBe('open')
    client.pass(5 * SECOND)
    expect(client.state).toBe('reconnecting')
    expect(ofType(client.effects, 'close')).toEqual([{ type: 'close', socket: 1 }])
    client.pass(SECOND)
    expect(client.socket).toBe(2)
  })

  it('goes on when it answers', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(7.25 * MINUTE)
    client.hear({ type: 'pong', connectionId: 'first' })
    client.pass(10 * SECOND)
    expect(client.state).toBe('open')
  })
})

describe('a line that may be dead', () => {
  it('is asked when the machine is online again, unless it has just said something', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(4 * SECOND)
    expect(sent(client.tell({ type: 'nudge' }))).toEqual([])
    client.pass(2 * SECOND)
    expect(sent(client.tell({ type: 'nudge' }))).toEqual([[1, PING]])
    expect(sent(client.tell({ type: 'nudge' }))).toEqual([])
    client.pass(5 * SECOND)
    expect(client.state).toBe('reconnecting')
  })

  it('is asked along with the next message when it has been silent for a minute', () => {
    const client = new MachineDriver()
    client.open()
    client.pass(59 * SECOND)
    expect(sent(client.send('early'))).toHaveLength(1)
    client.ack('early')
    client.pass(60 * SECOND)
    expect(sent(client.send('late')).map(([, text]) => text)).toContain(PING)
  })

  it('is asked five seconds after a message that nobody answers', () => {
    const client = new MachineDriver()
    client.open()
    client.send('lost')
    expect(sent(client.pass(4.9 * SECOND))).toEqual([])
    expect(sent(client.pass(0.2 * SECOND))).toEqual([[1, PING]])
    client.pass(5 * SECOND)
    expect(client.state).toBe('reconnecting')
  })

  it('has a new chance to answer after the machine was asleep for a while', () => {
    const client = new MachineDriver()
    client.open()
    client.nowMs += 3 * MINUTE
    expect(sent(client.tell({ type: 'tick' }))).toEqual([[1, PING]])
    client.nowMs += 3 * MINUTE
    expect(sent(client.tell({ type: 'tick' }))).toEqual([[1, PING]])
    expect(client.state).toBe('open')
    client.pass(5 * SECOND)
    expect(client.state).toBe('reconnecting')
  })

  it('is not asked after ten minutes of sleep: API Gateway has cut it', () => {
    const client = new MachineDriver()
    client.open()
    client.nowMs += 10 * MINUTE
    client.tell({ type: 'tick' })
    expect(client.state).toBe('reconnecting')
  })

  it('survives timers that a browser slows down to one a minute', () => {
    const client = new MachineDriver()
    client.open()
    for (let n = 0; n < 7; n += 1) {
      client.nowMs += MINUTE
      expect(sent(client.tell({ type: 'tick' }))).toEqual([])
    }
    client.nowMs += MINUTE
    expect(sent(client.tell({ type: 'tick' }))).toEqual([[1, PING]])
  })
})
