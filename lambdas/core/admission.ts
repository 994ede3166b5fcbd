import { bearerTokens } from './bearer-token.ts'
import type { Handshake } from './handshake.ts'
import { isAllowedOrigin, type OriginRule } from './origin.ts'

/** Whom a token vouches for, and until when. */
export interface Identity {
  /** The token's subject. */
  readonly user: string
  /** The token's end, in seconds since 1970. */
  readonly expiresAt: number
  /** The rooms that the token is good for; undefined: it need not say. */
  readonly rooms?: readonly string[]
}

/** What became of a token. */
export type Verification =
  | { readonly outcome: 'valid'; readonly identity: Identity }
  | { readonly outcome: 'expired' | 'invalid' }
  /** Nobody knows: the issuer's keys cannot be had. */
  | { readonly outcome: 'unavailable'; readonly error: unknown }

export interface Tokens {
  verify(token: string): Promise<Verification>
  /** Whether a token may come in the query. */
  readonly inQuery: boolean
}

/** What a handshake has to show. */
export interface AdmissionRules {
  /** Undefined: any page may connect. */
  readonly origins: OriginRule | undefined
  /** Undefined: nobody needs a token. */
  readonly tokens: Tokens | undefined
}

/** Whether a client may connect, as whom, or why not. */
export type Admission =
  | { readonly admitted: true; readonly identity: Identity | undefined }
  | { readonly admitted: false; readonly because: 'origin' | 'noToken' | 'expiredToken' | 'token' }
  | { readonly admitted: false; readonly because: 'keys'; readonly error: unknown }

/** Judges a handshake: first where it is from, which needs no keys, then by its token. */
export async function admit(
  handshake: Handshake,
  { origins, tokens }: AdmissionRules,
): Promise<Admission> {
  if (origins && !isAllowedOrigin(handshake, origins)) return refused('origin')
  if (!tokens) return { admitted: true, identity: undefined }
  const [token, ...others] = bearerTokens(handshake, tokens)
  if (token === undefined) return refused('noToken')
  if (others.length > 0) return refused('token')
  const verification = await tokens.verify(token)
  switch (verification.outcome) {
    case 'valid':
      return { admitted: true, identity: verification.identity }
    case 'expired':
      return refused('expiredToken')
    case 'invalid':
      return refused('token')
    case 'unavailable':
      return { admitted: false, because: 'keys', error: verification.error }
  }
}

function refused(because: 'origin' | 'noToken' | 'expiredToken' | 'token'): Admission {
  return { admitted: false, because }
}
