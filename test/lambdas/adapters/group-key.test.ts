import { expect, it } from 'vitest'
import { GroupKey } from '../../../lambdas/adapters/group-key.ts'

const groups = new GroupKey(() => 'key')

it('a group is HMAC-SHA-256 of what kind it is and its name, in base64url', () => {
  // printf 'room:lobby' | openssl dgst -sha256 -hmac key -binary | basenc --base64url
  expect(groups.of({ room: 'lobby' })).toBe('5K_xQGOSJA9CHKXW6u8jWwRE2Tqu05Rjcm_DRAWI8xk')
  expect(groups.of({ user: 'älice ✓' })).toBe('J-70wF4S9vB1jCy3jvJvwZOeN1stpc0LEnzAtvKcgac')
})

it('a room and a user of the same name are two groups', () => {
  expect(groups.of({ room: 'x' })).not.toBe(groups.of({ user: 'x' }))
  expect(groups.of({ room: 'user:x' })).not.toBe(groups.of({ user: 'x' }))
})

it('a name is a group to the letter', () => {
  const names = ['lobby', 'Lobby', ' lobby', 'lobby ', 'lob', '__proto__', 'é', 'e\u0301']
  expect(new Set(names.map((room) => groups.of({ room }))).size).toBe(names.length)
})

it('with another key every group is another', () => {
  const others = new GroupKey(() => 'other')
  expect(others.of({ room: 'lobby' })).not.toBe(groups.of({ room: 'lobby' }))
  expect(others.of({ user: 'alice' })).not.toBe(groups.of({ user: 'alice' }))
})

it('the key is looked at when a name is hashed, and not before', () => {
  const missing = new GroupKey(() => {
    throw new Error('no key')
  })
  expect(() => missing.of({ room: 'lobby' })).toThrow('no key')
})
