import { describe, expect, it } from 'vitest'
import { hasExpired, readSender } from '../../../lambdas/core/sender.ts'

const NOW_SECONDS = Date.UTC(2026, 0, 1) / 1_000

describe('the sender of a frame', () => {
  it('is its connection, where nobody has to say who they are', () => {
    expect(readSender({ connectionId: 'A=' })).toEqual({ connectionId: 'A=' })
    expect(readSender({ connectionId: 'A=', authorizer: null })).toEqual({ connectionId: 'A=' })
    const anonymous = { principalId: 'anonymous' }
    expect(readSender({ connectionId: 'A=', authorizer: anonymous })).toEqual({
      connectionId: 'A=',
    })
  })

  it('is who the authorizer vouched for, until the token ends', () => {
    const authorizer = { principalId: 'alice', user: 'alice', expiresAt: '1767225605' }
    expect(readSender({ connectionId: 'A=', authorizer })).toEqual({
      connectionId: 'A=',
      user: 'alice',
      expiresAt: 1_767_225_605,
    })
  })

  it.each([
    { rooms: '["lobby","team-7-*"]', read: ['lobby', 'team-7-*'] },
    { rooms: '[]', read: [] },
    { rooms: '[7,"lobby",null]', read: ['lobby'] },
    // What cannot be read is good for no room.
    { rooms: '{"lobby":true}', read: [] },
    { rooms: '"lobby"', read: [] },
    { rooms: 'lobby', read: [] },
    { rooms: '', read: [] },
  ])('may use the rooms that its token listed: $rooms', ({ rooms, read }) => {
    const authorizer = { user: 'alice', rooms }
    expect(readSender({ connectionId: 'A=', authorizer })).toEqual({
      connectionId: 'A=',
      user: 'alice',
      rooms: read,
    })
  })

  it.each([
    { expiresAt: NOW_SECONDS + 1, expired: false },
    { expiresAt: NOW_SECONDS, expired: true },
    { expiresAt: NOW_SECONDS - 1, expired: true },
    { expiresAt: undefined, expired: false },
    // What cannot be read lets nobody in.
    { expiresAt: Number.NaN, expired: true },
  ])('has expired with its token, $expiresAt: $expired', ({ expiresAt, expired }) => {
    const sender = { connectionId: 'A=', ...(expiresAt !== undefined && { expiresAt }) }
    expect(hasExpired(sender, NOW_SECONDS * 1_000)).toBe(expired)
  })

  it('has not expired a millisecond before', () => {
    const sender = { connectionId: 'A=', expiresAt: NOW_SECONDS }
    expect(hasExpired(sender, NOW_SECONDS * 1_000 - 1)).toBe(false)
  })
})
