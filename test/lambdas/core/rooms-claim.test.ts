import { describe, expect, it } from 'vitest'
import { MAX_CLAIM_BYTES, readRoomsClaim } from '../../../lambdas/core/rooms-claim.ts'

describe('the claim that lists rooms', () => {
  it.each([
    { claim: ['lobby', 'team-7-*', 'with a space'], rooms: ['lobby', 'team-7-*', 'with a space'] },
    { claim: 'lobby team-7-*', rooms: ['lobby', 'team-7-*'] },
    { claim: '  lobby  cellar ', rooms: ['lobby', 'cellar'] },
    { claim: '', rooms: [] },
    { claim: [], rooms: [] },
    { claim: undefined, rooms: [] },
    { claim: null, rooms: [] },
  ])('$claim lists $rooms', ({ claim, rooms }) => {
    expect(readRoomsClaim(claim)).toEqual(rooms)
  })

  it.each([
    { claim: ['lobby', 7] },
    { claim: [['lobby']] },
    { claim: [null] },
    { claim: { lobby: true } },
    { claim: true },
    { claim: 7 },
  ])('$claim cannot be used', ({ claim }) => {
    expect(readRoomsClaim(claim)).toBeUndefined()
  })

  it('is no longer than what API Gateway takes from an authorizer, in bytes', () => {
    const bytes = (text: string) => Buffer.byteLength(JSON.stringify(JSON.stringify([text])))
    const longest = 'é'.repeat((MAX_CLAIM_BYTES - bytes('')) / 2)
    expect(bytes(longest)).toBe(MAX_CLAIM_BYTES)
    expect(readRoomsClaim([longest])).toEqual([longest])
    expect(readRoomsClaim([`${longest}x`])).toBeUndefined()
    expect(readRoomsClaim(`${longest}x`)).toBeUndefined()
    // A quote has four bytes as JSON in JSON.
    expect(readRoomsClaim([longest.replace('é', '"x')])).toBeUndefined()
  })
})
