import { ENVIRONMENT } from '../../lib/environment.ts'
import type { AdmissionRules } from '../core/admission.ts'
import type { OriginRule } from '../core/origin.ts'
import { isSet, optionalTextFrom, textFrom } from './environment.ts'
import { fetchJson } from './fetch-json.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { TokenVerifier } from './token-verifier.ts'

/**
 * What this function's environment asks of a handshake.
 *
 * @throws when it asks for nothing: then there should be no authorizer
 */
export function admissionRules(): AdmissionRules {
  const rules = { origins: originRule(), tokens: tokenVerifier() }
  if (rules.origins || rules.tokens) return rules
  throw new Error('the environment names neither an issuer nor origins')
}

function originRule(): OriginRule | undefined {
  const allowed = optionalTextFrom(ENVIRONMENT.allowedOrigins)
  if (allowed === undefined) return undefined
  return {
    allowed: new Set(allowed.split(',')),
    allowMissing: isSet(ENVIRONMENT.allowMissingOrigin),
  }
}

function tokenVerifier(): TokenVerifier | undefined {
  const issuer = optionalTextFrom(ENVIRONMENT.jwtIssuer)
  if (issuer === undefined) return undefined
  return new TokenVerifier({
    issuer,
    audiences: textFrom(ENVIRONMENT.jwtAudience).split(','),
    inQuery: isSet(ENVIRONMENT.queryToken),
    roomsClaim: optionalTextFrom(ENVIRONMENT.roomsClaim),
    keys: new IssuerKeys(issuer, fetchJson),
  })
}
