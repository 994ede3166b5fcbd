import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import type { Json, JsonObject } from 'aws-jwt-verify/safe-json-parse'
import type { Jwk } from 'aws-jwt-verify/jwk'

export const ISSUER = 'https://issuer.example/'
export const AUDIENCE = 'chat'

/** A key of an issuer, and tokens that it has signed. */
export interface SigningKey {
  readonly jwk: Jwk & { readonly kid: string }
  /** The claims stand before those of a good token for alice. */
  sign(claims?: JWTPayload, header?: JsonObject): Promise<string>
}

export async function newSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const { kty = '', ...fields } = textsIn(await exportJWK(publicKey))
  return {
    jwk: { ...fields, kty, kid },
    sign: (claims = {}, header = {}) => {
      const iat = Math.floor(Date.now() / 1000)
      const good = { iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat, exp: iat + 600 }
      return new SignJWT({ ...good, ...claims })
        .setProtectedHeader({ alg, kid, ...header })
        .sign(privateKey)
    },
  }
}

/** What an issuer with these keys publishes, by its URL. */
export function documentsOf(...keys: readonly SigningKey[]): Map<string, Json> {
  return new Map<string, Json>([
    [
      'https://issuer.example/.well-known/openid-configuration',
      { issuer: ISSUER, jwks_uri: KEYS_URL },
    ],
    [KEYS_URL, { keys: keys.map(({ jwk }) => jwk) }],
  ])
}

export const KEYS_URL = 'https://keys.example/jwks'

function textsIn(value: object): Record<string, string> {
  const entries = Object.entries(value).filter(([, text]) => typeof text === 'string')
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]))
}
