import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { randomPassword, type PasswordRules } from '../../../local/template/random-password.ts'

const RULES: PasswordRules = {
  length: 32,
  excludeCharacters: '',
  excludeLowercase: false,
  excludeUppercase: false,
  excludeNumbers: false,
  excludePunctuation: false,
  includeSpace: false,
  requireEachType: true,
}

const NO_TYPE: Partial<PasswordRules> = {
  excludeLowercase: true,
  excludeUppercase: true,
  excludeNumbers: true,
  excludePunctuation: true,
}

/** So many that each character that may come does come. */
const MANY = 200

describe('a password', () => {
  it('has the length that is asked for, and is another each time', () => {
    const passwords = new Set(many({}))
    expect(passwords.size).toBe(MANY)
    expect([...passwords].every(({ length }) => length === 32)).toBe(true)
  })

  it.each<[string, Partial<PasswordRules>, string]>([
    [
      'all types',
      {},
      String.raw`!"#$%&'()*+,-./0123456789:;<=>?@` + upper() + '[\\]^_`' + lower() + '{|}~',
    ],
    ['a space, too', { ...NO_TYPE, excludeNumbers: false, includeSpace: true }, ' 0123456789'],
    ['no lowercase', { excludePunctuation: true, excludeLowercase: true }, `0123456789${upper()}`],
    ['no uppercase', { excludePunctuation: true, excludeUppercase: true }, `0123456789${lower()}`],
    ['no numbers', { excludePunctuation: true, excludeNumbers: true }, upper() + lower()],
    [
      'no excluded characters',
      { ...NO_TYPE, excludeNumbers: false, excludeCharacters: '0a]9' },
      '12345678',
    ],
    [
      'no space that is excluded',
      { ...NO_TYPE, excludeNumbers: false, includeSpace: true, excludeCharacters: ' ' },
      '0123456789',
    ],
  ])('is made of %s', (_, rules, characters) => {
    expect([...new Set(many(rules).join(''))].toSorted().join('')).toBe(characters)
  })

  it('has each type in it, in any place', () => {
    const passwords = many({ length: 4 })
    for (const type of [/[a-z]/, /[A-Z]/, /\d/, /[^\w]|_/]) {
      expect(passwords.every((password) => type.test(password))).toBe(true)
      expect(new Set(passwords.map((password) => password.search(type)))).toEqual(
        new Set([0, 1, 2, 3]),
      )
    }
  })

  it('may lack a type when none is required', () => {
    const passwords = many({ length: 4, requireEachType: false })
    expect(passwords.some((password) => !/\d/.test(password))).toBe(true)
  })

  it.each<[string, Partial<PasswordRules>]>([
    ['nothing is left', NO_TYPE],
    [
      'nothing is left of the only type',
      { ...NO_TYPE, excludeNumbers: false, excludeCharacters: '0123456789' },
    ],
    ['it is too short for each type', { length: 3 }],
  ])('is none when %s', (_, rules) => {
    expect(randomPassword({ ...RULES, ...rules }, randomInt)).toBeUndefined()
  })

  it('is as short as its types allow', () => {
    expect(
      many({
        length: 1,
        excludePunctuation: true,
        excludeNumbers: true,
        excludeLowercase: true,
      })[0],
    ).toMatch(/^[A-Z]$/)
  })
})

function many(rules: Partial<PasswordRules>): string[] {
  return Array.from({ length: MANY }, () => randomPassword({ ...RULES, ...rules }, randomInt) ?? '')
}

function lower(): string {
  return 'abcdefghijklmnopqrstuvwxyz'
}

function upper(): string {
  return lower().toUpperCase()
}
