import { hash } from 'node:crypto'
import { assert, property, string, uuid } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageIdOf, type MessageIdDeps } from '../../../lambdas/core/message-id.ts'
import { cases } from '../../property/cases.ts'

const ID = '0b5c1a9e-3f57-4d0e-9a43-6f1f2f9e7c11'
const V8 = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

/** New ids are all different. */
function someDeps(): MessageIdDeps {
  let count = 0
  return {
    newMessageId: () => `new ${(count += 1)}`,
    sha256: (text) => hash('sha256', text),
  }
}

const deps = someDeps()
const idOf = (id?: string, user?: string): string => messageIdOf({ id, user }, deps)

describe('a message that its client calls by a UUID', () => {
  it.each([
    { user: undefined, derived: 'b24a65e3-93ae-8955-91eb-8aa6d07b413b' },
    { user: 'alice', derived: '4a0ed998-28f8-89db-9954-f2b3daca218b' },
  ])('of the user $user has the same id in every version of the server', ({ user, derived }) => {
    expect(idOf(ID, user)).toBe(derived)
  })

  it.each([
    ['1', 'c232ab00-9414-11ec-b3c8-9f6bdeced846'],
    ['7', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'],
    ['nil', '00000000-0000-0000-0000-000000000000'],
    ['max', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ])('of version %s has the same id each time, which is another UUID', (_, id) => {
    expect(idOf(id)).toBe(idOf(id))
    expect(idOf(id)).toMatch(V8)
    expect(idOf(id)).not.toBe(id)
  })

  it('has the same id in upper case', () => {
    expect(idOf(ID.toUpperCase())).toBe(idOf(ID))
  })

  it('has another id than what another user calls so, or somebody without a name', () => {
    const users = [
      undefined,
      '',
      'null',
      'alice',
      'alicia',
      'Alice',
      '["alice"]',
      '\uD800',
      '\uD801',
    ]
    expect(new Set(users.map((user) => idOf(ID, user))).size).toBe(users.length)
  })

  it('has a UUID of version 8, whatever the digest is', () => {
    const holds = property(uuid(), string(), (id, user) => {
      expect(idOf(id, user)).toMatch(V8)
    })
    assert(holds, cases(300))
  })
})

describe('any other message has a new id each time:', () => {
  it.each([
    ['one without an id', undefined],
    ['an empty one', ''],
    ['a number', '7'],
    ['no hyphens', ID.replaceAll('-', '')],
    ['a digit too few', ID.slice(1)],
    ['a digit too many', `${ID}0`],
    ['a line break behind it', `${ID}\n`],
    ['braces', `{${ID}}`],
    ['a urn', `urn:uuid:${ID}`],
    ['a letter beyond f', ID.replace('a', 'g')],
  ])('%s', (_, id) => {
    const own = someDeps()
    expect([1, 2].map(() => messageIdOf({ id, user: 'alice' }, own))).toEqual(['new 1', 'new 2'])
  })
})
