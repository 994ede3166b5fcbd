import { describe, expect, it } from 'vitest'
import { isCognitoIssuer } from '../../../lambdas/core/cognito.ts'
import { isSubject } from '../../../lambdas/core/subject.ts'

describe('a subject', () => {
  it.each(['a', 'auth0|5f7c8ec7c33c6c004bbafe82', 'Älice 🦊', 'a'.repeat(255), '🦊'.repeat(255)])(
    'is good: %s',
    (subject) => {
      expect(isSubject(subject)).toBe(true)
    },
  )

  it.each([
    '',
    'a'.repeat(256),
    'a\nb',
    'ali\u200Bce',
    'a\u0000',
    '\u007F',
    '\u0085',
    '\uD83E',
    'a\uDD8A',
  ])('is not good: %j', (subject) => {
    expect(isSubject(subject)).toBe(false)
  })

  it.each([undefined, null, 1, ['alice'], { sub: 'alice' }])('is text, not %j', (subject) => {
    expect(isSubject(subject)).toBe(false)
  })
})

describe('an issuer', () => {
  it.each([
    'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEfGh1',
    'https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab3dEfGh1',
    'https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ab3dEfGh1',
  ])('is a user pool: %s', (issuer) => {
    expect(isCognitoIssuer(issuer)).toBe(true)
  })

  it.each([
    'https://tenant.eu.auth0.com/',
    'https://cognito-idp.eu-central-1.amazonaws.com.evil.example/eu-central-1_Ab3dEfGh1',
    'https://evil.example/https://cognito-idp.eu-central-1.amazonaws.com/pool',
    'http://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEfGh1',
  ])('is no user pool: %s', (issuer) => {
    expect(isCognitoIssuer(issuer)).toBe(false)
  })
})
