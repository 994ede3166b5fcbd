import { describe, expect, it } from 'vitest'
import type { Effect } from '../../client/machine.ts'
import { ANNOUNCED, IN, OUT } from '../../client/presence.ts'
import { readObject, type AnyFrame } from './model/frames.ts'
import { heard, MachineDriver, MINUTE, ofType, SECOND, sent } from './machine-driver.ts'

/** What is sent but pings, without an id. */
function frames(effects: readonly Effect[]): object[] {
  return requests(effects).map((request) => {
    const { id: _, ...frame } = request
    return frame
  })
}

function requests(effects: readonly Effect[]): AnyFrame[] {
  return sent(effects)
    .map(([, text]) => readObject(text))
    .filter(({ action }) => action !== 'ping')
}

/** A client with rooms, and a server that does what the test says. */
class Guest extends MachineDriver {
  #ids = 0

  want(room: string, wish: number, timeoutMs = 2 * MINUTE): readonly Effect[] {
    this.#ids += 1
    const id = `wish ${this.#ids}`
    return this.tell({ type: 'room', id, room, wish, deadlineMs: this.nowMs + timeoutMs })
  }

  say(room: string, id: string): readonly Effect[] {
    const deadlineMs = this.nowMs + 2 * MINUTE
    const text = JSON.stringify({ action: 'sendmessage', id, to: { room } })
    return this.tell({ type: 'send', id, text, room, deadlineMs })
  }

  /** The server does what was asked last of that room, over a socket. */
  allow(room: string, socket = this.socket, group = `group of ${room}`): readonly Effect[] {
    return this.hear({ type: 'ack', re: this.lastRequest(room), room, group }, socket)
  }

  refuse(room: string, code: string, more: object = {}, socket = this.socket): readonly Effect[] {
    const re = this.lastRequest(room)
    return this.hear({ type: 'error', re, code, message: 'why', ...more }, socket)
  }

  lastRequest(room: string): string | undefined {
    return requests(this.effects).findLast((frame) => frame.room === room)?.id
  }

  /** It is open, and in these rooms. */
  static in(...rooms: string[]): Guest {
    const guest = new Guest()
    guest.open()
    for (const room of rooms) {
      guest.want(room, IN)
      guest.allow(room)
    }
    return guest
  }

  /** The line is lost, and there is a new one. */
  comeBack(): readonly Effect[] {
    this.drop()
    this.untilNextTry()
    const { length } = this.effects
    this.succeed('next')
    return this.effects.slice(length)
  }

  /** Another line takes the place of the present one, and no room is joined over it yet. */
  beReplaced(): { readonly first: number; readonly second: number } {
    const first = this.socket
    this.chance = 0
    while (this.socket === first) {
      this.pass(MINUTE)
      this.hear({ type: 'pong', connectionId: 'first' }, first)
    }
    return { first, second: this.succeed('second') }
  }
}

function toRoom(id: string, room = 'lobby', from = 'somebody'): object {
  return { type: 'message', id, from, to: { room }, data: id }
}

const JOIN = { action: 'join', room: 'lobby' }
const LEAVE = { action: 'leave', room: 'lobby' }

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
    guest.allow('lobby')
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
    guest.want('lobby', IN)
    expect(heard(guest.refuse('lobby', 'INTERNAL'), 'error')).toMatchObject([{ code: 'INTERNAL' }])
    expect(frames(guest.pass(SECOND))).toEqual([JOIN])
    expect(ofType(guest.allow('lobby'), 'resolve')).toHaveLength(1)
  })

  it('is left once, whatever else the server fails at: it may be worked off still', () => {
    const guest = Guest.in('lobby')
    guest.want('lobby', OUT)
    guest.hear({ message: 'Internal server error', connectionId: 'first' })
    for (let n = 0; n < 34; n += 1) {
      guest.pass(SECOND)
      guest.hear({ type: 'pong', connectionId: 'first' })
    }
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
  })
})

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
    for (let n = 0; n < 10 * 60; n += 1) {
      guest.pass(SECOND)
      guest.hear({ type: 'pong', connectionId: 'next' })
    }
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
    guest.allow('lobby', first)
    expect(frames(guest.say('lobby', 'a'))).toEqual([])
    guest.allow('lobby', second)
    expect(guest.lastRequest('lobby')).toBeDefined()
    expect(frames(guest.effects).at(-1)).toMatchObject({ action: 'sendmessage' })
  })

  it('a join that was under way over the old one goes over the new one at once', () => {
    const guest = Guest.in()
    guest.chance = 0
    for (let n = 0; n < 89; n += 1) {
      guest.pass(MINUTE)
      guest.hear({ type: 'pong', connectionId: 'first' })
    }
    guest.pass(50 * SECOND)
    guest.hear({ type: 'pong', connectionId: 'first' })
    guest.want('lobby', IN)
    guest.pass(10 * SECOND)
    guest.succeed('second')
    expect(frames(guest.effects)).toEqual([JOIN, JOIN])
    expect(ofType(guest.allow('lobby'), 'resolve')).toHaveLength(1)
  })

  it('its end is no loss when the new one is in the room, and is one when it is not', () => {
    const guest = Guest.in('lobby', 'hall')
    const { second } = guest.beReplaced()
    guest.allow('lobby', second)
    for (let n = 0; n < 31; n += 1) {
      guest.pass(SECOND)
      guest.hear({ type: 'pong', connectionId: 'second' }, second)
    }
    guest.allow('hall', second)
    expect(heard(guest.effects, 'rejoined')).toEqual([{ room: 'hall' }])
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
