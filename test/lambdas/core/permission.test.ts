import { describe, expect, it } from 'vitest'
import { assertMaySendToUser, assertMayUseRoom } from '../../../lambdas/core/permission.ts'
import type { ProtocolError } from '../../../lambdas/core/errors.ts'

const ALICE = { connectionId: 'A=', user: 'alice' }
const RULES = { roomsAreListed: true, hasUsers: true }

describe('a room', () => {
  it.each([
    { rooms: ['lobby'], room: 'lobby', allowed: true },
    { rooms: ['cellar', 'lobby'], room: 'lobby', allowed: true },
    { rooms: ['lobby'], room: 'Lobby', allowed: false },
    { rooms: ['lobby'], room: 'lobby2', allowed: false },
    { rooms: ['lobby'], room: 'lob', allowed: false },
    { rooms: ['team-7-*'], room: 'team-7-chat', allowed: true },
    { rooms: ['team-7-*'], room: 'team-7-', allowed: true },
    { rooms: ['team-7-*'], room: 'team-7', allowed: false },
    { rooms: ['team-7-*'], room: 'my-team-7-chat', allowed: false },
    { rooms: ['team-7-*'], room: 'team-7-*', allowed: true },
    { rooms: ['*'], room: 'anything', allowed: true },
    // It stands for something at the end alone, and nothing else does.
    { rooms: ['*-chat'], room: 'team-chat', allowed: false },
    { rooms: ['te*am'], room: 'team', allowed: false },
    { rooms: ['te.m'], room: 'team', allowed: false },
    { rooms: ['team**'], room: 'team-7', allowed: false },
    { rooms: ['team**'], room: 'team*7', allowed: true },
    { rooms: [''], room: 'lobby', allowed: false },
    { rooms: [], room: 'lobby', allowed: false },
  ])('of $rooms, $room: $allowed', ({ rooms, room, allowed }) => {
    const ask = () => assertMayUseRoom(room, { ...ALICE, rooms }, RULES)
    if (allowed) expect(ask()).toBeUndefined()
    else expect(ask).toThrow(expect.objectContaining({ code: 'FORBIDDEN', details: { room } }))
  })

  it('is closed to whom nothing is listed, and says so', () => {
    expect(() => assertMayUseRoom('lobby', ALICE, RULES)).toThrow(
      'your token is not good for the room lobby',
    )
  })

  it('is open where no token has to list it', () => {
    const rules = { ...RULES, roomsAreListed: false }
    expect(assertMayUseRoom('lobby', { ...ALICE, rooms: [] }, rules)).toBeUndefined()
    expect(assertMayUseRoom('lobby', { connectionId: 'A=' }, rules)).toBeUndefined()
  })
})

describe('a user', () => {
  const NOBODY = { connectionId: 'A=' }

  it('may be written to by another, and by itself', () => {
    expect(assertMaySendToUser('bob', ALICE, RULES)).toBeUndefined()
    expect(assertMaySendToUser('alice', ALICE, RULES)).toBeUndefined()
  })

  it('may not be written to by one that nobody vouched for', () => {
    const expected: Partial<ProtocolError> = { code: 'FORBIDDEN', details: { user: 'bob' } }
    const ask = () => assertMaySendToUser('bob', NOBODY, RULES)
    expect(ask).toThrow(expect.objectContaining(expected))
    expect(ask).toThrow('nobody has vouched for you: connect with a token')
  })

  it('is nobody where there are no users, and nobody is kept from writing to them', () => {
    expect(assertMaySendToUser('bob', NOBODY, { ...RULES, hasUsers: false })).toBeUndefined()
  })
})
