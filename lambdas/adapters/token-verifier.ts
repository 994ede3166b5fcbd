import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier'
import { JwtExpiredError } from 'aws-jwt-verify/error'
import type { Jwk } from 'aws-jwt-verify/jwk'
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt'
import type { JwtHeader, JwtPayload } from 'aws-jwt-verify/jwt-model'
import { verifyJwtSync } from 'aws-jwt-verify/jwt-verifier'
import type { Tokens, Verification } from '../core/admission.ts'
import { isCognitoIssuer } from '../core/cognito.ts'
import { readRoomsClaim } from '../core/rooms-claim.ts'
import { isSubject } from '../core/subject.ts'
import { report } from './report.ts'

/**
 * How far the issuer's clock may be ahead: a token that is valid from now on is used at once. The
 * end of a token is its end.
 */
const EARLY_SECONDS = 5

const INVALID = { outcome: 'invalid' } as const
const EXPIRED = { outcome: 'expired' } as const

export interface TokenVerifierProps {
  /** As tokens have it in `iss`. */
  readonly issuer: string
  /** A token is for one of them: `aud`; of Cognito's access tokens `client_id`. */
  readonly audiences: readonly string[]
  readonly inQuery: boolean
  /** The claim that lists rooms; undefined: tokens need not list any. */
  readonly roomsClaim?: string | undefined
  readonly keys: { find(kid: string): Promise<Jwk | undefined> }
}

/** Verifies tokens: signature, algorithm, issuer, audience, time, subject. */
export class TokenVerifier implements Tokens {
  readonly inQuery: boolean
  readonly #props: TokenVerifierProps
  readonly #isCognito: boolean

  constructor(props: TokenVerifierProps) {
    this.#props = props
    this.inQuery = props.inQuery
    this.#isCognito = isCognitoIssuer(props.issuer)
  }

  async verify(token: string): Promise<Verification> {
    const kid = keyIdOf(token)
    if (kid === undefined) return INVALID
    let key: Jwk | undefined
    try {
      key = await this.#props.keys.find(kid)
    } catch (error) {
      return { outcome: 'unavailable', error }
    }
    return key ? this.#verifyWith(key, token) : INVALID
  }

  /** Whatever goes wrong from here on is the token's fault, the errors of Node's crypto too. */
  #verifyWith(key: Jwk, token: string): Verification {
    try {
      return this.#read(this.#claims(key, token))
    } catch (error) {
      return error instanceof JwtExpiredError ? EXPIRED : INVALID
    }
  }

  #claims(key: Jwk, token: string): JwtPayload {
    const { issuer, audiences } = this.#props
    const claims = verifyJwtSync(token, key, {
      issuer,
      audience: this.#isCognito ? null : [...audiences],
      graceSeconds: EARLY_SECONDS,
      customJwtCheck: assertNothingCritical,
    })
    if (this.#isCognito) {
      validateCognitoJwtFields(claims, { tokenUse: null, clientId: [...audiences] })
    }
    return claims
  }

  #read(claims: JwtPayload): Verification {
    const { sub, exp } = claims
    if (exp === undefined || !isSubject(sub)) return INVALID
    if (exp * 1000 <= Date.now()) return EXPIRED
    const expiresAt = Math.floor(exp)
    if (!Number.isSafeInteger(expiresAt)) return INVALID
    const rooms = this.#rooms(claims)
    return { outcome: 'valid', identity: { user: sub, expiresAt, ...(rooms && { rooms }) } }
  }

  /** A list that cannot be used is good for no room: that is the issuer's to mend. */
  #rooms(claims: JwtPayload): readonly string[] | undefined {
    const { roomsClaim } = this.#props
    if (roomsClaim === undefined) return undefined
    const rooms = readRoomsClaim(claims[roomsClaim])
    if (!rooms) report('rooms_claim_ignored', new TypeError())
    return rooms ?? []
  }
}

/** Undefined when it is no token, or does not say by which key it is signed. */
function keyIdOf(token: string): string | undefined {
  try {
    return decomposeUnverifiedJwt(token).header.kid
  } catch {
    return undefined
  }
}

/** What an issuer marks as critical has to be understood (RFC 7515, 4.1.11); nothing of it is here. */
function assertNothingCritical({ header }: { readonly header: JwtHeader }): void {
  if (Object.hasOwn(header, 'crit')) throw new Error('crit')
}
