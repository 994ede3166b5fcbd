import type { Json } from 'aws-jwt-verify/safe-json-parse'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { IssuerError } from '../../../lambdas/adapters/issuer-error.ts'
import { IssuerKeys } from '../../../lambdas/adapters/issuer-keys.ts'
import { captureLog } from '../../support/log-lines.ts'
import {
  documentsOf,
  ISSUER,
  KEYS_URL,
  newSigningKey,
  type SigningKey,
} from '../../support/signing-key.ts'

const DISCOVERY_URL = 'https://issuer.example/.well-known/openid-configuration'
const NOW_MS = 1_767_225_600_000

const log = captureLog()
let first: SigningKey
let second: SigningKey

beforeAll(async () => {
  first = await newSigningKey('first')
  second = await newSigningKey('second')
})

beforeEach(() => void vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

/** An issuer in memory, which says what it was asked for. */
function issuerWith(...keys: readonly SigningKey[]) {
  let documents = documentsOf(...keys)
  const asked: string[] = []
  const fetchJson = (url: string): Promise<Json> => {
    asked.push(url)
    const found = documents.get(url)
    if (found === undefined) return Promise.reject(new IssuerError('IssuerStatus', url))
    return Promise.resolve(found)
  }
  return {
    asked,
    fetchJson,
    publish: (...others: readonly SigningKey[]) => (documents = documentsOf(...others)),
    put: (url: string, document: Json) => documents.set(url, document),
    fail: () => (documents = new Map()),
  }
}

const inSeconds = (seconds: number): void => void vi.setSystemTime(NOW_MS + seconds * 1_000)

describe('the keys', () => {
  it('are found by discovery, and asked for once', async () => {
    const issuer = issuerWith(first, second)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    expect(await keys.find('first')).toEqual(first.jwk)
    expect(await keys.find('second')).toEqual(second.jwk)
    expect(issuer.asked).toEqual([DISCOVERY_URL, KEYS_URL])
  })

  it('are asked for once by two who need them at the same time', async () => {
    const issuer = issuerWith(first)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    expect(await Promise.all([keys.find('first'), keys.find('other')])).toEqual([
      first.jwk,
      undefined,
    ])
    expect(issuer.asked).toEqual([DISCOVERY_URL, KEYS_URL])
  })

  it('of a user pool have a fixed place', async () => {
    const pool = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEfGh1'
    const issuer = issuerWith()
    issuer.put(`${pool}/.well-known/jwks.json`, { keys: [first.jwk] })
    expect(await new IssuerKeys(pool, issuer.fetchJson).find('first')).toEqual(first.jwk)
    expect(issuer.asked).toHaveLength(1)
  })

  it('are asked for again after a failure, which is not kept', async () => {
    const issuer = issuerWith(first)
    issuer.fail()
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await expect(keys.find('first')).rejects.toThrow(IssuerError)
    issuer.publish(first)
    expect(await keys.find('first')).toEqual(first.jwk)
  })
})

describe('a key id that is not known', () => {
  it('is asked for when ten seconds have passed, and not before', async () => {
    const issuer = issuerWith(first)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await keys.find('first')
    issuer.publish(second)
    inSeconds(9.999)
    expect(await keys.find('second')).toBeUndefined()
    expect(issuer.asked).toHaveLength(2)
    inSeconds(10)
    expect(await keys.find('second')).toEqual(second.jwk)
    expect(issuer.asked).toHaveLength(4)
  })

  it('does not hammer the issuer, nor keep a new key out', async () => {
    const issuer = issuerWith(first)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await keys.find('first')
    for (let seconds = 0; seconds < 60; seconds += 0.5) {
      inSeconds(seconds)
      expect(await keys.find(`made up at ${seconds}`)).toBeUndefined()
      // The known key is as good as ever.
      expect(await keys.find('first')).toEqual(first.jwk)
    }
    expect(issuer.asked.filter((url) => url === KEYS_URL)).toHaveLength(6)
    issuer.publish(first, second)
    inSeconds(60)
    expect(await keys.find('second')).toEqual(second.jwk)
  })

  it('may be a good one when the issuer does not answer: nobody can say, once in ten seconds', async () => {
    const issuer = issuerWith(first)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await keys.find('first')
    issuer.fail()
    inSeconds(20)
    await expect(keys.find('second')).rejects.toThrow(IssuerError)
    expect(await keys.find('second')).toBeUndefined()
    expect(await keys.find('first')).toEqual(first.jwk)
    expect(issuer.asked).toHaveLength(3)
  })
})

describe('a key that was withdrawn', () => {
  it('is good for ten minutes more', async () => {
    const issuer = issuerWith(first)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await keys.find('first')
    issuer.publish(second)
    inSeconds(599.999)
    expect(await keys.find('first')).toEqual(first.jwk)
    inSeconds(600)
    expect(await keys.find('first')).toBeUndefined()
  })

  it('is good as long as the issuer does not answer, which the log tells', async () => {
    const issuer = issuerWith(first)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await keys.find('first')
    issuer.fail()
    inSeconds(600)
    expect(await keys.find('first')).toEqual(first.jwk)
    expect(await keys.find('first')).toEqual(first.jwk)
    expect(log.lines).toMatchObject([{ event: 'keys_not_renewed', error: 'IssuerStatus' }])
    expect(issuer.asked).toHaveLength(3)
  })
})

describe('what an issuer publishes is not taken', () => {
  it.each<[string, Json]>([
    ['names another issuer', { issuer: 'https://issuer.example', jwks_uri: KEYS_URL }],
    ['has its keys behind http', { issuer: ISSUER, jwks_uri: 'http://keys.example/jwks' }],
    ['has no place of keys', { issuer: ISSUER }],
    ['is a list', []],
    ['is null', null],
  ])('when its discovery document %s', async (_, document) => {
    const issuer = issuerWith(first)
    issuer.put(DISCOVERY_URL, document)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await expect(keys.find('first')).rejects.toMatchObject({ name: 'IssuerDiscovery' })
    expect(issuer.asked).toEqual([DISCOVERY_URL])
  })

  it.each<[string, Json]>([
    ['no keys', {}],
    ['keys that are no list', { keys: {} }],
    ['a key without a type', { keys: [{ kid: 'first' }] }],
  ])('when there is %s at its place of keys', async (_, document) => {
    const issuer = issuerWith(first)
    issuer.put(KEYS_URL, document)
    const keys = new IssuerKeys(ISSUER, issuer.fetchJson)
    await expect(keys.find('first')).rejects.toMatchObject({ name: 'IssuerKeys' })
  })
})
