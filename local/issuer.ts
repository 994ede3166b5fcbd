import { createServer } from 'node:https'
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose'
import type { LocalCertificate } from './gateway/local-certificate.ts'
import { closeServer, listen, sendJson } from './http.ts'
import { TOKEN_LIFETIME_SECONDS } from './token-lifetime.ts'

const ALGORITHM = 'ES256'

/** An issuer of tokens on this machine, as OpenID Connect describes one: discovery and keys. */
export interface Issuer {
  /** As its tokens have it in `iss`: `https://localhost:{port}`. */
  readonly url: string
  /** What it publishes: its one public key. */
  readonly jwks: { readonly keys: readonly JWK[] }
  /** The paths that it has been asked for, in order. */
  readonly requests: readonly string[]
  /**
   * A token with these claims, signed. It is from this issuer, from now, and for an hour, unless
   * they say otherwise.
   */
  sign(claims: JWTPayload): Promise<string>
  close(): Promise<void>
}

/**
 * Starts an issuer with a new key, on any port that is free. A function that runs locally trusts its
 * certificate when it is the one of {@link startLocal}.
 */
export async function startIssuer({ key, cert }: LocalCertificate): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM)
  const kid = crypto.randomUUID()
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' }] }
  const requests: string[] = []
  const documents = new Map<string, unknown>([['/jwks.json', jwks]])
  const server = createServer({ key, cert }, ({ url: path = '' }, response) => {
    requests.push(path)
    const document = documents.get(path)
    if (document === undefined) sendJson(response, 404, { message: 'Not Found' })
    else sendJson(response, 200, document)
  })
  const url = `https://localhost:${await listen(server, 0)}`
  documents.set('/.well-known/openid-configuration', {
    issuer: url,
    jwks_uri: `${url}/jwks.json`,
    id_token_signing_alg_values_supported: [ALGORITHM],
  })
  const sign = (claims: JWTPayload): Promise<string> => {
    const iat = Math.floor(Date.now() / 1000)
    return new SignJWT({ iss: url, iat, exp: iat + TOKEN_LIFETIME_SECONDS, ...claims })
      .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
      .sign(privateKey)
  }
  return { url, jwks, requests, sign, close: () => closeServer(server) }
}
