import { createHmac } from 'node:crypto'
import type { Jwk } from 'aws-jwt-verify/jwk'
import type { JWTPayload } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { IssuerError } from '../../../lambdas/adapters/issuer-error.ts'
import { TokenVerifier } from '../../../lambdas/adapters/token-verifier.ts'
import { captureLog } from '../../support/log-lines.ts'
import { AUDIENCE, ISSUER, newSigningKey, type SigningKey } from '../../support/signing-key.ts'

const POOL = 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Ab3dEfGh1'
const INVALID = { outcome: 'invalid' }

const log = captureLog()
let key: SigningKey

beforeAll(async () => {
  key = await newSigningKey('key')
})

function verifierWith(jwk: Jwk = key.jwk, issuer = ISSUER): TokenVerifier {
  return new TokenVerifier({
    issuer,
    audiences: ['other', AUDIENCE],
    inQuery: false,
    keys: { find: (kid) => Promise.resolve(kid === 'key' ? jwk : undefined) },
  })
}

const nowSeconds = (): number => Date.now() / 1000
/** As a token may have them, whatever their types should be. */
const oddly = (claims: object): JWTPayload => ({ ...claims })

describe('the rooms of a token', () => {
  const identityOf = async (claims: JWTPayload, roomsClaim?: string): Promise<unknown> => {
    const verifier = new TokenVerifier({
      issuer: ISSUER,
      audiences: [AUDIENCE],
      inQuery: false,
      roomsClaim,
      keys: { find: () => Promise.resolve(key.jwk) },
    })
    const verification = await verifier.verify(await key.sign(claims))
    return verification.outcome === 'valid' ? verification.identity : verification
  }

  it('are those of the claim that is named', async () => {
    const claims = { rooms: ['lobby'], 'https://example.com/rooms': 'cellar attic' }
    expect(await identityOf(claims, 'rooms')).toMatchObject({ rooms: ['lobby'] })
    expect(await identityOf(claims, 'https://example.com/rooms')).toMatchObject({
      rooms: ['cellar', 'attic'],
    })
    expect(await identityOf(claims, 'chatrooms')).toMatchObject({ rooms: [] })
    expect(log.lines).toEqual([])
  })

  it('are nobody’s business where no claim is named', async () => {
    expect(await identityOf({ rooms: ['lobby'] })).not.toHaveProperty('rooms')
  })

  it.each([{ rooms: 7 }, { rooms: [7] }, { rooms: ['x'.repeat(4_096)] }])(
    'are none when the claim cannot be used, which the log tells: %j',
    async (claims) => {
      expect(await identityOf(oddly(claims), 'rooms')).toMatchObject({ user: 'alice', rooms: [] })
      expect(log.lines).toMatchObject([{ event: 'rooms_claim_ignored' }])
    },
  )
})

describe('a token', () => {
  it.each(['ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'EdDSA'])(
    'is good when it is signed by %s, the key’s own algorithm',
    async (alg) => {
      const other = await newSigningKey('key', alg)
      const exp = Math.floor(nowSeconds()) + 60
      const identity = { user: 'alice', expiresAt: exp }
      for (const jwk of [other.jwk, { ...other.jwk, alg }]) {
        const verification = await verifierWith(jwk).verify(await other.sign({ exp }))
        expect(verification).toEqual({ outcome: 'valid', identity })
      }
    },
  )

  it('is good for one of several audiences, also when it is for more', async () => {
    const token = await key.sign({ aud: ['somebody else', AUDIENCE] })
    expect(await verifierWith().verify(token)).toMatchObject({ outcome: 'valid' })
  })

  it('is good until its end, in whole seconds', async () => {
    const exp = nowSeconds() + 1.9
    expect(await verifierWith().verify(await key.sign({ exp }))).toMatchObject({
      identity: { expiresAt: Math.floor(exp) },
    })
    for (const ended of [nowSeconds() - 0.1, nowSeconds() - 60, 0]) {
      const token = await key.sign({ exp: ended })
      expect(await verifierWith().verify(token)).toEqual({ outcome: 'expired' })
    }
  })

  it('is good some seconds before its time, for clocks that differ', async () => {
    const early = await key.sign({ nbf: nowSeconds() + 4 })
    expect(await verifierWith().verify(early)).toMatchObject({ outcome: 'valid' })
    expect(await verifierWith().verify(await key.sign({ nbf: nowSeconds() + 7 }))).toEqual(INVALID)
  })

  it('that has expired and was tampered with is not told from other forgeries', async () => {
    const token = await key.sign({ exp: 1 })
    expect(await verifierWith().verify(`${token.slice(0, -8)}AAAAAAAA`)).toEqual(INVALID)
  })

  it.each([
    { iss: 'https://issuer.example' },
    { iss: undefined },
    { aud: 'somebody else' },
    { aud: [] },
    { aud: undefined },
    { aud: undefined, client_id: AUDIENCE },
    { exp: undefined },
    { exp: '9999999999' },
    { exp: 1e300 },
    { nbf: 'now' },
    { sub: undefined },
    { sub: '' },
    { sub: 'a\u0000b' },
    { sub: 'a'.repeat(256) },
    { sub: ['alice'] },
    { sub: { toString: 'alice' } },
  ])('is not good with these claims: %j', async (claims) => {
    expect(await verifierWith().verify(await key.sign(oddly(claims)))).toEqual(INVALID)
  })

  it.each([{ crit: ['b64'], b64: true }, { kid: 'other' }, { kid: '' }])(
    'is not good with this header: %j',
    async (header) => {
      expect(await verifierWith().verify(await key.sign({}, header))).toEqual(INVALID)
    },
  )

  it.each(['', '.', '..', 'a.b', 'a.b.c', 'a.b.c.d', 'eyJ.eyJ.', '💥.💥.💥', 'a'.repeat(100_000)])(
    'is not good when it is none: %.20s',
    async (token) => {
      expect(await verifierWith().verify(token)).toEqual(INVALID)
    },
  )

  it('is not good by any other algorithm than its key’s', async () => {
    const [, payload] = (await key.sign()).split('.')
    for (const alg of ['none', 'HS256', 'HS512', 'RS256', 'PS256', 'EdDSA', 'ES256K', 'toString']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'key' })).toString('base64url')
      const hmac = createHmac('sha256', JSON.stringify(key.jwk)).update(`${header}.${payload}`)
      for (const signature of [hmac.digest('base64url'), 'AA']) {
        const token = `${header}.${payload}.${signature}`
        expect(await verifierWith().verify(token)).toEqual(INVALID)
        expect(await verifierWith({ ...key.jwk, alg: 'ES256' }).verify(token)).toEqual(INVALID)
      }
    }
  })

  it.each([{ kty: 'oct', k: 'c2VjcmV0' }, { use: 'enc' }, { crv: 'P-1' }, { x: '' }, { x: 'AA' }])(
    'is not good by a key that is none for signatures: %j',
    async (fields) => {
      const verifier = verifierWith({ ...key.jwk, ...fields })
      expect(await verifier.verify(await key.sign())).toEqual(INVALID)
    },
  )

  it('is neither good nor bad when the keys cannot be had', async () => {
    const error = new IssuerError('IssuerTimeout', ISSUER)
    const keys = { find: () => Promise.reject(error) }
    const props = { issuer: ISSUER, audiences: [AUDIENCE], inQuery: false, keys }
    const verification = await new TokenVerifier(props).verify(await key.sign())
    expect(verification).toEqual({ outcome: 'unavailable', error })
  })
})

describe('a token of Cognito', () => {
  it.each([
    { token_use: 'access', client_id: AUDIENCE, aud: undefined },
    { token_use: 'id', aud: AUDIENCE },
  ])('is good for its client: %j', async (claims) => {
    const token = await key.sign(oddly({ iss: POOL, ...claims }))
    expect(await verifierWith(key.jwk, POOL).verify(token)).toMatchObject({
      outcome: 'valid',
      identity: { user: 'alice' },
    })
  })

  it.each([
    { token_use: 'access', client_id: 'somebody else', aud: AUDIENCE },
    { token_use: 'access', aud: AUDIENCE },
    { token_use: 'id', aud: 'somebody else', client_id: AUDIENCE },
    { token_use: 'refresh', client_id: AUDIENCE },
    { client_id: AUDIENCE },
    { token_use: 'access', client_id: AUDIENCE, iss: `${POOL}2` },
  ])('is not good for another: %j', async (claims) => {
    const token = await key.sign(oddly({ iss: POOL, ...claims }))
    expect(await verifierWith(key.jwk, POOL).verify(token)).toEqual(INVALID)
  })
})
