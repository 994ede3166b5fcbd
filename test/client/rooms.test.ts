import { describe, expect, it } from 'vitest'
import { ANNOUNCED, IN, OUT } from '../../client/presence.ts'
import { heard, MINUTE, ofType, PING, SECOND, sent } from './machine-driver.ts'
import { frames, requests, Guest, toRoom, JOIN, LEAVE } from './room-driver.ts'

describe('a room', () => {
  it('is joined at once, and settled by the ack', () => {
    const guest = Guest.in()
    expect(frames(guest.want('lobby', IN))).toEqual([JOIN])
    expect(guest.allow('lobby')).toEqual([{ type: 'resolve', id: 'wish 1', reply: undefined }])
    expect(guest.allow('lobby')).toEqual([])
  })

  it('is joined when the client is open', () => {
    const guest = new Guest()
    guest.tell({ type: 'connect' })
    guest.want('lobby', ANNOUNCED)
    expect(frames(guest.effects)).toEqual([])
    guest.succeed('first')
    expect(frames(guest.effects)).toEqual([{ ...JOIN, announce: true }])
  })

  it('is joined twice with one request, and needs another one only to be announced', () => {
    const guest = Guest.in()
    expect(frames(guest.want('lobby', IN))).toEqual([JOIN])
    expect(frames(guest.want('lobby', IN))).toEqual([])
    expect(ofType(guest.allow('lobby'), 'resolve')).toMatchObject([
      { id: 'wish 1' },
      { id: 'wish 2' },
    ])
    expect(guest.want('lobby', IN)).toMatchObject([{ type: 'resolve', id: 'wish 3' }])
    expect(frames(guest.want('lobby', ANNOUNCED))).toEqual([{ ...JOIN, announce: true }])
    expect(heard(guest.allow('lobby'), 'rejoined')).toEqual([])
    expect(guest.want('lobby', IN)).toMatchObject([{ type: 'resolve', id: 'wish 5' }])
    expect(frames(guest.comeBack())).toEqual([{ ...JOIN, announce: true }])
  })

  it('that is left is left on the server, for all that hold it', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', IN)
    expect(frames(guest.want('lobby', OUT))).toEqual([LEAVE])
    expect(ofType(guest.allow('lobby'), 'resolve')).toMatchObject([{ id: 'wish 3' }])
    expect(frames(guest.comeBack())).toEqual([])
  })

  it('that is left while the client is away is forgotten, as the server has', () => {
    const guest = Guest.in('lobby')
    guest.drop()
    expect(guest.want('lobby', OUT)).toEqual([{ type: 'resolve', id: 'wish 2', reply: undefined }])
    guest.untilNextTry()
    guest.succeed('next')
    expect(frames(guest.effects)).toEqual([JOIN])
  })

  it('that it is not in is left at once', () => {
    expect(Guest.in().want('lobby', OUT)).toMatchObject([{ type: 'resolve', id: 'wish 1' }])
  })

  it('that is left and joined again in one breath has one request at a time', () => {
    const guest = Guest.in()
    guest.want('lobby', IN)
    expect(frames(guest.want('lobby', OUT))).toEqual([])
    expect(frames(guest.want('lobby', IN))).toEqual([])
    expect(frames(guest.allow('lobby'))).toEqual([])
    guest.want('lobby', OUT)
    expect(frames(guest.want('lobby', IN))).toEqual([])
    expect(frames(guest.allow('lobby'))).toEqual([JOIN])
    expect(ofType(guest.allow('lobby'), 'resolve').map(({ id }) => id)).toEqual([
      'wish 4',
      'wish 5',
    ])
  })

  it('that is left and joined again before either is sent is simply kept', () => {
    const guest = Guest.in('lobby')
    guest.send('a')
    guest.hear({
      type: 'error',
      re: 'a',
      code: 'RATE_LIMITED',
      message: 'why',
      retryAfterMs: SECOND,
    })
    guest.want('lobby', OUT)
    expect(guest.want('lobby', IN)).toMatchObject([{ id: 'wish 2' }, { id: 'wish 3' }])
    guest.pass(2 * SECOND)
    expect(requests(guest.effects).map(({ action }) => action)).not.toContain('leave')
    expect(heard(guest.hear(toRoom('b')), 'message')).toHaveLength(1)
  })

  it('that is joined again while nobody says whether it was left is asked for', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', OUT)
    guest.keepQuiet(34 * SECOND)
    guest.want('lobby', IN)
    expect(frames(guest.pass(SECOND))).toEqual([JOIN])
  })

  it('that nobody waits for to be joined again is left', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', OUT)
    guest.want('lobby', IN)
    guest.tell({ type: 'cancel', id: 'wish 3', error: new Error('enough') })
    const effects = guest.allow('lobby')
    expect(frames(effects)).toEqual([])
    expect(ofType(effects, 'resolve')).toMatchObject([{ id: 'wish 2' }])
  })

  it('that nobody waits for any more is left again', () => {
    const guest = Guest.in()
    guest.want('lobby', IN)
    const error = new Error('enough')
    guest.tell({ type: 'cancel', id: 'wish 1', error })
    expect(ofType(guest.effects, 'reject')).toEqual([{ type: 'reject', id: 'wish 1', error }])
    expect(frames(guest.allow('lobby'))).toEqual([LEAVE])
    guest.allow('lobby')
    expect(frames(guest.comeBack())).toEqual([])
  })

  it('is not joined any more when its time is over while the client is away', () => {
    const guest = new Guest()
    guest.tell({ type: 'connect' })
    guest.want('lobby', IN, SECOND)
    expect(ofType(guest.pass(SECOND), 'reject')).toMatchObject([{ error: { code: 'TIMEOUT' } }])
    guest.untilNextTry()
    guest.succeed('first')
    expect(frames(guest.effects)).toEqual([])
  })

  it.each(['BAD_MESSAGE', 'FORBIDDEN'])('that is refused with %s is not joined', (code) => {
    const guest = Guest.in()
    guest.want('lobby', IN)
    const effects = guest.refuse('lobby', code, { room: 'lobby' })
    expect(effects).toMatchObject([{ type: 'reject', id: 'wish 1', error: { code } }])
    expect(guest.state).toBe('open')
    expect(frames(guest.comeBack())).toEqual([])
  })

  it('that is refused when the server has failed is asked for again', () => {
    const guest = Guest.in()
    guest.chance = 0.5
    guest.want('lobby', IN)
    expect(heard(guest.refuse('lobby', 'INTERNAL'), 'error')).toMatchObject([{ code: 'INTERNAL' }])
    expect(frames(guest.pass(SECOND))).toEqual([JOIN])
    expect(ofType(guest.allow('lobby'), 'resolve')).toHaveLength(1)
  })

  it('is asked for later each time that the server fails, and an answer that is late counts', () => {
    const guest = Guest.in()
    guest.chance = 0.999_999
    guest.want('lobby', IN)
    const waits = [1, 2, 3].map(() => {
      const { nowMs } = guest
      guest.refuse('lobby', 'INTERNAL')
      while (frames(guest.pass(SECOND)).length === 0) {
        guest.hear({ type: 'pong', connectionId: 'first' })
      }
      return Math.round((guest.nowMs - nowMs) / SECOND)
    })
    expect(waits).toEqual([2, 4, 8])
    guest.hear({ message: 'Internal server error', connectionId: 'first' })
    expect(ofType(guest.allow('lobby'), 'resolve')).toHaveLength(1)
  })

  it('that is announced after all is asked for so, also when it had to wait', () => {
    const guest = Guest.in()
    guest.want('lobby', IN)
    guest.refuse('lobby', 'RATE_LIMITED', { retryAfterMs: SECOND })
    guest.want('lobby', ANNOUNCED)
    expect(frames(guest.pass(2 * SECOND))).toEqual([{ ...JOIN, announce: true }])
  })

  it('is asked for along with a ping, on a line that was silent for a minute', () => {
    const guest = Guest.in()
    guest.pass(MINUTE)
    expect(sent(guest.want('lobby', IN)).map(([, text]) => text)).toContain(PING)
  })

  it('is left once, whatever else the server fails at: it may be worked off still', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', OUT)
    guest.hear({ message: 'Internal server error', connectionId: 'first' })
    guest.keepQuiet(34 * SECOND)
    expect(frames(guest.effects)).toEqual([JOIN, LEAVE])
    guest.pass(SECOND)
    expect(frames(guest.effects)).toEqual([JOIN, LEAVE, LEAVE])
  })

  it('ends with the client', () => {
    const guest = Guest.in('lobby')
    guest.want('hall', IN)
    guest.want('lobby', OUT)
    const rejected = ofType(guest.tell({ type: 'close' }), 'reject')
    expect(rejected).toMatchObject([
      { id: 'wish 2', error: { code: 'CLOSED' } },
      { id: 'wish 3', error: { code: 'CLOSED' } },
    ])
    expect(guest.want('hall', IN)).toMatchObject([{ type: 'reject', error: { code: 'CLOSED' } }])
  })

  it('that too many messages wait beside is not joined, but is left', () => {
    const guest = new Guest(1)
    guest.open()
    guest.want('lobby', IN)
    guest.allow('lobby')
    guest.send('a')
    expect(guest.want('hall', IN)).toMatchObject([
      { type: 'reject', error: { code: 'QUEUE_FULL' } },
    ])
    expect(frames(guest.want('lobby', OUT))).toEqual([LEAVE])
    expect(ofType(guest.want('lobby', IN), 'reject')).toHaveLength(1)
    expect(frames(guest.allow('lobby'))).toEqual([])
  })

  it('whose ack comes when its time is over is left again', () => {
    const guest = Guest.in()
    guest.want('lobby', IN, SECOND)
    guest.nowMs += SECOND
    const effects = guest.allow('lobby')
    expect(ofType(effects, 'reject')).toMatchObject([{ error: { code: 'TIMEOUT' } }])
    expect(frames(effects)).toEqual([LEAVE])
  })
})

describe('a message to a room', () => {
  it('is heard in that room and by the client, and once', () => {
    const guest = Guest.in('lobby')
    expect(guest.hear(toRoom('a'))).toMatchObject([
      { type: 'emit', room: 'lobby', name: 'message', event: { id: 'a', to: { room: 'lobby' } } },
    ])
    expect(guest.hear(toRoom('a'))).toEqual([])
  })

  it('is heard before the ack of the join, and from a backend', () => {
    const guest = Guest.in()
    guest.want('lobby', IN)
    const published = { type: 'message', id: 'a', to: { room: 'lobby' }, data: null }
    expect(heard(guest.hear(published), 'message')).toHaveLength(1)
  })

  it('is not heard once the room is left', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', OUT)
    expect(guest.hear(toRoom('a'))).toEqual([])
    guest.allow('lobby')
    expect(guest.hear(toRoom('b'))).toEqual([])
    expect(guest.hear(toRoom('c', '__proto__'))).toEqual([])
  })

  it('of the client itself comes back over the line that it went out by', () => {
    const guest = Guest.in('lobby')
    const { first, second } = guest.beReplaced()
    guest.allow('lobby', second)
    expect(guest.hear(toRoom('a', 'lobby', 'second'), first)).toEqual([])
    expect(heard(guest.hear(toRoom('a', 'lobby', 'second'), second), 'message')).toHaveLength(1)
  })

  it('waits until the client is in it again, and others do not', () => {
    const guest = Guest.in('lobby', 'hall')
    guest.comeBack()
    guest.allow('hall')
    expect(frames(guest.say('lobby', 'a'))).toEqual([])
    expect(frames(guest.say('hall', 'b'))).toHaveLength(1)
    expect(frames(guest.send('c'))).toHaveLength(1)
    expect(requests(guest.allow('lobby'))).toMatchObject([{ id: 'a' }])
  })

  it('that it may not be sent to is rejected alone', () => {
    const guest = Guest.in('lobby')
    guest.say('lobby', 'a')
    const more = { re: 'a', message: 'why', room: 'lobby' }
    expect(guest.hear({ type: 'error', code: 'FORBIDDEN', ...more })).toMatchObject([
      { type: 'reject', id: 'a', error: { code: 'FORBIDDEN' } },
    ])
    expect(heard(guest.hear(toRoom('b')), 'message')).toHaveLength(1)
    guest.send('c')
    guest.hear({ type: 'error', code: 'FORBIDDEN', re: 'c', message: 'why', user: 'alice' })
    expect(guest.state).toBe('open')
  })
})

describe('who is in a room', () => {
  it('is a reply like an ack', () => {
    const guest = Guest.in('lobby')
    guest.say('lobby', 'a')
    const page = { room: 'lobby', connectionIds: ['x', 'y'], next: 'more' }
    expect(guest.hear({ type: 'members', re: 'a', ...page })).toEqual([
      { type: 'resolve', id: 'a', reply: page },
    ])
  })

  it('is told by joined and left, once each', () => {
    const guest = Guest.in('lobby', 'hall')
    const joined = { type: 'joined', id: '1', group: 'group of hall', connectionId: 'x', user: 'u' }
    const left = { type: 'left', id: '2', group: 'group of hall', connectionId: 'x' }
    expect(guest.hear(joined)).toEqual([
      {
        type: 'emit',
        room: 'hall',
        name: 'joined',
        event: { room: 'hall', connectionId: 'x', user: 'u' },
      },
    ])
    expect(guest.hear(joined)).toEqual([])
    expect(heard(guest.hear(left), 'left')).toEqual([{ room: 'hall', connectionId: 'x' }])
    expect(guest.hear(left)).toEqual([])
  })

  it('is not told of a room that was left, nor of one that nobody knows', () => {
    const guest = Guest.in('lobby')
    guest.want('hall', IN)
    guest.want('lobby', OUT)
    const joined = { type: 'joined', connectionId: 'x' }
    expect(guest.hear({ ...joined, id: '1', group: 'group of lobby' })).toEqual([])
    guest.want('yard', IN)
    guest.want('yard', OUT)
    guest.allow('yard')
    expect(guest.hear({ ...joined, id: '4', group: 'group of yard' })).toEqual([])
    expect(guest.hear({ ...joined, id: '2', group: 'another' })).toEqual([])
    expect(guest.hear({ ...joined, id: '3' })).toEqual([])
  })

  it('is told also when the key of the server has changed', () => {
    const guest = Guest.in('lobby')
    guest.comeBack()
    guest.allow('lobby', guest.socket, 'renamed')
    const joined = { type: 'joined', id: '1', connectionId: 'x' }
    expect(guest.hear({ ...joined, group: 'group of lobby' })).toEqual([])
    expect(heard(guest.hear({ ...joined, group: 'renamed' }), 'joined')).toHaveLength(1)
  })
})
