import { describe, expect, it } from 'vitest'
import { IN, OUT } from '../../client/presence.ts'
import { heard, MINUTE, ofType, SECOND, sent } from './machine-driver.ts'
import { frames, requests, Guest, toRoom, JOIN, LEAVE } from './room-driver.ts'

describe('after a loss', () => {
  it('every room is joined again, ahead of all that waits', () => {
    const guest = Guest.in('lobby', 'hall')
    guest.drop()
    guest.send('a')
    guest.untilNextTry()
    const { length } = guest.effects
    guest.succeed('next')
    const effects = guest.effects.slice(length)
    expect(frames(effects)).toMatchObject([
      JOIN,
      { ...JOIN, room: 'hall' },
      { action: 'sendmessage' },
    ])
  })

  it('the app is told when it is in a room again', () => {
    const guest = Guest.in('lobby')
    expect(heard(guest.effects, 'rejoined')).toEqual([])
    guest.comeBack()
    expect(heard(guest.effects, 'rejoined')).toEqual([])
    expect(guest.allow('lobby')).toEqual([
      { type: 'emit', room: 'lobby', name: 'rejoined', event: { room: 'lobby' } },
    ])
  })

  it('a room whose join was under way is joined, and settled then', () => {
    const guest = Guest.in()
    guest.want('lobby', IN)
    expect(frames(guest.comeBack())).toEqual([JOIN])
    expect(guest.allow('lobby')).toEqual([{ type: 'resolve', id: 'wish 1', reply: undefined }])
  })

  it('a room whose leave was under way is left, and settled', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', OUT)
    expect(ofType(guest.drop(), 'resolve')).toMatchObject([{ id: 'wish 2' }])
    guest.untilNextTry()
    guest.succeed('next')
    expect(frames(guest.effects)).toEqual([JOIN, LEAVE])
  })

  it('rooms take no place of messages, and do not time out', () => {
    const guest = new Guest(1)
    guest.open()
    guest.want('lobby', IN)
    guest.allow('lobby')
    guest.comeBack()
    expect(ofType(guest.send('a'), 'reject')).toEqual([])
    guest.ack('a')
    guest.keepQuiet(10 * MINUTE)
    expect(ofType(guest.effects, 'reject')).toEqual([])
    guest.allow('lobby')
    expect(heard(guest.effects, 'rejoined')).toHaveLength(1)
  })

  it('fifty rooms are joined as fast as the server takes them', () => {
    const rooms = Array.from({ length: 50 }, (_, n) => `room ${n}`)
    const guest = Guest.in(...rooms)
    const effects = guest.comeBack()
    expect(frames(effects)).toHaveLength(16)
    guest.refuse('room 0', 'RATE_LIMITED', { retryAfterMs: SECOND })
    for (const room of rooms.slice(1, 16)) guest.allow(room)
    expect(frames(guest.pass(0.9 * SECOND))).toEqual([])
    expect(frames(guest.pass(0.2 * SECOND))).toEqual([{ ...JOIN, room: 'room 0' }])
    guest.allow('room 0')
    for (const room of rooms.slice(16)) {
      expect(guest.lastRequest(room)).toBeDefined()
      guest.allow(room)
    }
    expect(heard(guest.effects, 'rejoined')).toHaveLength(50)
    expect(heard(guest.effects, 'error')).toEqual([])
  })

  it.each(['FORBIDDEN', 'BAD_MESSAGE'])('a room that is refused with %s has ended', (code) => {
    const guest = Guest.in('lobby')
    guest.comeBack()
    const effects = guest.refuse('lobby', code, { room: 'lobby' })
    const error = { code, message: 'why' }
    expect(heard(effects, 'ended')).toMatchObject([{ room: 'lobby', error }])
    expect(heard(effects, 'error')).toMatchObject([error])
    expect(guest.state).toBe('open')
    expect(frames(guest.comeBack())).toEqual([])
    expect(heard(guest.hear(toRoom('late')), 'message')).toEqual([])
  })

  it('a refusal that ends the connection ends no room', () => {
    const guest = Guest.in('lobby')
    guest.comeBack()
    const effects = guest.refuse('lobby', 'FORBIDDEN')
    expect(guest.state).toBe('reconnecting')
    expect(heard(effects, 'error')).toMatchObject([{ code: 'FORBIDDEN' }])
    expect(heard(effects, 'ended')).toEqual([])
    guest.untilNextTry()
    const { length } = guest.effects
    guest.succeed('third')
    expect(frames(guest.effects.slice(length))).toEqual([JOIN])
  })
})

describe('when another line takes the place of the present one', () => {
  it('every room is joined over it, and nobody is told', () => {
    const guest = Guest.in('lobby')
    const { length } = guest.effects
    const { second } = guest.beReplaced()
    const joins = sent(guest.effects.slice(length)).filter(([, text]) => text.includes('join'))
    expect(joins).toEqual([[second, expect.any(String)]])
    expect(guest.allow('lobby')).toEqual([])
  })

  it('an ack over the old one says nothing of the new one', () => {
    const guest = Guest.in('lobby')
    const { first, second } = guest.beReplaced()
    expect(guest.allow('lobby', first)).toEqual([])
    expect(frames(guest.say('lobby', 'a'))).toEqual([])
    expect(requests(guest.allow('lobby', second))).toMatchObject([{ id: 'a' }])
  })

  it('a join that was under way over the old one goes over the new one at once', () => {
    const guest = Guest.in()
    guest.keepQuiet(90 * MINUTE - SECOND)
    guest.want('lobby', IN)
    guest.pass(SECOND)
    guest.succeed('second')
    expect(guest.state).toBe('open')
    expect(heard(guest.effects, 'reconnected')).toEqual([])
    expect(frames(guest.effects)).toEqual([JOIN, JOIN])
    expect(ofType(guest.allow('lobby'), 'resolve')).toHaveLength(1)
  })

  it('its end is no loss when the new one is in the room, and is one when it is not', () => {
    const guest = Guest.in('lobby', 'hall')
    const { second } = guest.beReplaced()
    guest.allow('lobby', second)
    guest.keepQuiet(31 * SECOND)
    guest.allow('hall', second)
    expect(heard(guest.effects, 'rejoined')).toEqual([{ room: 'hall' }])
  })
})
