import { describe, expect, it } from 'vitest'
import { isAllowedOrigin } from '../../../lambdas/core/origin.ts'

const APP = 'https://app.example'
const allowed = new Set([APP, 'http://localhost:5173'])
const rule = { allowed, allowMissing: true }

const from = (...origins: readonly string[]) => ({ multiValueHeaders: { Origin: origins } })

describe('a page', () => {
  it.each([APP, 'http://localhost:5173'])('may connect when it is listed: %s', (origin) => {
    expect(isAllowedOrigin(from(origin), rule)).toBe(true)
  })

  it.each([
    'https://evil.example',
    'http://app.example',
    'https://app.example:444',
    'https://app.example:443',
    'https://app.example.evil.example',
    'https://evil.example#https://app.example',
    'https://sub.app.example',
    'https://APP.example',
    'https://app.example/',
    'http://localhost',
    'https://app.example, https://app.example',
    'null',
    '*',
    '',
  ])('may not when it is not: %s', (origin) => {
    expect(isAllowedOrigin(from(origin), rule)).toBe(false)
  })

  it('may not when it says that it is from two, one of them listed', () => {
    expect(isAllowedOrigin(from(APP, 'https://evil.example'), rule)).toBe(false)
    expect(isAllowedOrigin(from('https://evil.example', APP), rule)).toBe(false)
  })

  it('without an origin of its own may only when null is listed', () => {
    const withNull = { ...rule, allowed: new Set(['null']) }
    expect(isAllowedOrigin(from('null'), withNull)).toBe(true)
  })

  it.each(['Origin', 'origin', 'ORIGIN'])('is known by the header %s, in both forms', (name) => {
    for (const origin of [APP, 'https://evil.example']) {
      const isListed = origin === APP
      expect(isAllowedOrigin({ headers: { [name]: origin } }, rule)).toBe(isListed)
      expect(isAllowedOrigin({ multiValueHeaders: { [name]: [origin] } }, rule)).toBe(isListed)
    }
  })
})

describe('a client that sends no Origin', () => {
  it.each([true, false])('may connect when the rule says so: %s', (allowMissing) => {
    for (const handshake of [{}, { headers: null }, { headers: { Host: APP, Referer: APP } }]) {
      expect(isAllowedOrigin(handshake, { allowed, allowMissing })).toBe(allowMissing)
    }
  })
})
