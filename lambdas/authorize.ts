import type { APIGatewayAuthorizerResult } from 'aws-lambda'
import { admissionRules } from './adapters/admission-rules.ts'
import { functionMetrics } from './adapters/metrics.ts'
import { report } from './adapters/report.ts'
import { admit, type Admission, type Identity } from './core/admission.ts'
import type { Handshake } from './core/handshake.ts'
import type { Measures } from './core/measures.ts'

const rules = admissionRules()
const metrics = functionMetrics()

/** What API Gateway asks; its type in @types/aws-lambda is that of REST APIs. */
type AuthorizerEvent = Handshake & { readonly methodArn: string }

/**
 * Asked before `$connect`, which does not run for whom this refuses: with 403 by a policy that
 * denies, with 401 by this very error, with 500 by any other.
 */
export const handler = async (event: AuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
  const admission = await admit(event, rules)
  if (admission.admitted) {
    const { identity } = admission
    return policy('Allow', event.methodArn, identity?.user, identity && contextOf(identity))
  }
  metrics.add(REFUSALS[admission.because])
  metrics.flush()
  if (admission.because === 'origin') return policy('Deny', event.methodArn)
  if (admission.because !== 'keys') throw new Error('Unauthorized')
  report('keys_unavailable', admission.error)
  throw new Error('keys_unavailable')
}

const REFUSALS: Readonly<Record<Extract<Admission, { admitted: false }>['because'], Measures>> = {
  origin: { refusedOrigin: 1 },
  noToken: { refusedNoToken: 1 },
  expiredToken: { refusedExpiredToken: 1 },
  token: { refusedToken: 1 },
  keys: { keysUnavailable: 1 },
}

/** All that later events of the connection say of its client. A list has to be text there. */
function contextOf({ rooms, ...identity }: Identity): APIGatewayAuthorizerResult['context'] {
  return { ...identity, ...(rooms && { rooms: JSON.stringify(rooms) }) }
}

/** For this one connection to this one stage: the methodArn ends in `$connect`. */
function policy(
  effect: 'Allow' | 'Deny',
  methodArn: string,
  principalId = 'anonymous',
  context?: APIGatewayAuthorizerResult['context'],
): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    ...(context && { context }),
  }
}
