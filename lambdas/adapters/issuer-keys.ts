import { findJwkInJwks, isJwks, type Jwk, type Jwks } from 'aws-jwt-verify/jwk'
import type { Json } from 'aws-jwt-verify/safe-json-parse'
import { isCognitoIssuer } from '../core/cognito.ts'
import { IssuerError } from './issuer-error.ts'
import { report } from './report.ts'

/** So long a key is good without asking again: when one is withdrawn, its tokens end then. */
const MAX_AGE_MS = 10 * 60_000

/**
 * So long nobody asks again for a key that the issuer has not. Who makes up key ids gets the issuer
 * asked six times a minute by each execution environment; a new key is found as soon. It goes by the
 * time of day: a timer would stand still while the environment is frozen.
 */
const COOL_DOWN_MS = 10_000

interface KnownKeys {
  readonly jwks: Jwks
  readonly atMs: number
}

/** An issuer's public keys: asked for when they are needed, and kept from one invocation to the next. */
export class IssuerKeys {
  readonly #issuer: string
  readonly #fetchJson: (url: string) => Promise<Json>
  #known: KnownKeys | undefined
  #askedAtMs = Number.NEGATIVE_INFINITY
  #asking: Promise<Jwks> | undefined

  /** @param fetchJson gets a document; throws an IssuerError */
  constructor(issuer: string, fetchJson: (url: string) => Promise<Json>) {
    this.#issuer = issuer
    this.#fetchJson = fetchJson
  }

  /**
   * The key of this id, or undefined when the issuer has none. A failure is not kept: the next
   * handshake asks again.
   *
   * @throws IssuerError when nobody can say
   */
  async find(kid: string): Promise<Jwk | undefined> {
    const known = this.#known
    if (!known) return findJwkInJwks(await this.#ask(), kid)
    const key = findJwkInJwks(known.jwks, kid)
    const nowMs = Date.now()
    if (key && nowMs - known.atMs < MAX_AGE_MS) return key
    if (nowMs - this.#askedAtMs < COOL_DOWN_MS) return key
    try {
      return findJwkInJwks(await this.#ask(), kid)
    } catch (error) {
      if (!key) throw error
      // An issuer that is away for a while must not lock out those whose tokens are good.
      report('keys_not_renewed', error)
      return key
    }
  }

  /** Once for all who wait. */
  #ask(): Promise<Jwks> {
    this.#askedAtMs = Date.now()
    this.#asking ??= this.#fetchKeys().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #fetchKeys(): Promise<Jwks> {
    const url = await this.#findUrl()
    const jwks = await this.#fetchJson(url)
    if (!isJwks(jwks)) throw new IssuerError('IssuerKeys', url)
    this.#known = { jwks, atMs: Date.now() }
    return jwks
  }

  /** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
  async #findUrl(): Promise<string> {
    const base = this.#issuer.replace(/\/$/, '')
    // Cognito's place is fixed: a request less at a cold start.
    if (isCognitoIssuer(this.#issuer)) return `${base}/.well-known/jwks.json`
    const url = `${base}/.well-known/openid-configuration`
    const { issuer, jwks_uri: keysUrl } = fieldsOf(await this.#fetchJson(url))
    if (issuer !== this.#issuer) throw new IssuerError('IssuerDiscovery', url)
    if (typeof keysUrl === 'string' && keysUrl.startsWith('https://')) return keysUrl
    throw new IssuerError('IssuerDiscovery', url)
  }
}

function fieldsOf(value: Json): Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}
