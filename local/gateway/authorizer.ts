import type { IncomingMessage } from 'node:http'
import * as v from 'valibot'
import type { InvocationResult } from '../functions/execution-environment.ts'
import type { RequestContext } from '../access/conditions.ts'
import { decide } from '../access/policy.ts'
import { requestContext } from '../access/request-context.ts'
import type { Clock } from '../clock.ts'
import type { Account } from '../template/account.ts'
import type { ApiDefinition } from '../template/api-gateway.ts'
import type { AuthorizerDefinition, IdentitySource } from '../template/authorizer.ts'
import { oneOrMoreOf, statementSchema, toStatement } from '../template/iam.ts'
import type { Outcome } from './access-log.ts'
import { queryOf, type Arrival, type ConnectionInfo, type Events } from './events.ts'
import type { FunctionCaller } from './function-caller.ts'
import {
  ACCESS_DENIED,
  AUTHORIZER_FAILURE,
  UNAUTHORIZED,
  type GatewayError,
} from './gateway-error.ts'

/** What an authorizer says of a handshake, and what there is to log of it. */
export type Authorization = Judgement & { readonly outcome: Outcome }

type Judgement =
  | {
      readonly allowed: true
      /** What `requestContext.authorizer` holds in every event of the connection. */
      readonly context: Readonly<Record<string, string>>
    }
  | { readonly allowed: false; readonly error: GatewayError }

/** The longest that API Gateway waits for an authorizer: as for an integration. */
const TIMEOUT_MS = 29_000

const answerSchema = v.object({
  principalId: v.string(),
  // A condition that is not known here is no reason to let somebody in: it makes the answer invalid.
  policyDocument: v.object({ Statement: oneOrMoreOf(statementSchema) }),
  // Flat: an object or a list as a value makes the whole answer invalid.
  context: v.nullish(
    v.pipe(
      v.unknown(),
      v.check((value) => !Array.isArray(value)),
      v.record(v.string(), v.nullable(v.union([v.string(), v.number(), v.boolean()]))),
    ),
  ),
})

export interface AuthorizerProps {
  readonly api: ApiDefinition
  readonly account: Account
  readonly caller: FunctionCaller
  readonly clock: Clock
  readonly events: Events
}

/** A Lambda authorizer of type REQUEST, asked once for each handshake: nothing is cached (A6). */
export class Authorizer {
  readonly #props: AuthorizerProps
  readonly #definition: AuthorizerDefinition

  constructor(definition: AuthorizerDefinition, props: AuthorizerProps) {
    this.#definition = definition
    this.#props = props
  }

  async authorize(
    connection: ConnectionInfo,
    request: IncomingMessage,
    arrival: Arrival,
  ): Promise<Authorization> {
    const { api, account, caller, clock, events } = this.#props
    const { authorizerId, functionArn, credentialsArn, identitySources } = this.#definition
    if (!identitySources.every((source) => isPresent(source, request))) {
      return { ...deny(UNAUTHORIZED), outcome: { status: UNAUTHORIZED.status } }
    }
    const methodArn = account.arn('execute-api', `${api.apiId}/${api.stageName}/$connect`)
    const started = clock.now()
    const result = await caller.call({
      functionArn,
      credentialsArn,
      source: `${api.apiId}/authorizers/${authorizerId}`,
      event: events.authorizer(connection, request, methodArn, arrival),
      timeoutMs: TIMEOUT_MS,
    })
    const latencyMs = Math.round(clock.now() - started)
    const judgement = judge(result, methodArn, requestContext(undefined, account, clock.now()))
    const outcome = {
      status: judgement.allowed ? 200 : judgement.error.status,
      lambdaStatus: typeof result === 'string' ? undefined : 200,
      latencyMs,
      error: typeof result === 'string' || result.ok ? undefined : result.errorMessage,
    }
    return { ...judgement, outcome }
  }
}

function judge(
  result: InvocationResult | 'notAllowed' | 'timedOut',
  methodArn: string,
  known: RequestContext,
): Judgement {
  if (result === 'notAllowed' || result === 'timedOut') return deny(AUTHORIZER_FAILURE)
  if (!result.ok) {
    return deny(result.errorMessage === 'Unauthorized' ? UNAUTHORIZED : AUTHORIZER_FAILURE)
  }
  const answer = v.safeParse(answerSchema, JSON.parse(result.payload))
  if (!answer.success) return deny(AUTHORIZER_FAILURE)
  const { principalId, policyDocument, context } = answer.output
  const statements = policyDocument.Statement.map(toStatement)
  if (decide(statements, 'execute-api:Invoke', methodArn, known) !== 'allow') {
    return deny(ACCESS_DENIED)
  }
  const values = Object.entries(context ?? {}).filter(([, value]) => value !== null)
  return {
    allowed: true,
    context: {
      ...Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
      principalId,
    },
  }
}

/** Missing and empty are the same (A1). */
function isPresent({ from, name }: IdentitySource, request: IncomingMessage): boolean {
  if (from === 'header') {
    const value = request.headers[name.toLowerCase()]
    return value !== undefined && value.length > 0
  }
  const [, value = ''] = queryOf(request).find(([key]) => key === name) ?? []
  return value !== ''
}

function deny(error: GatewayError): Judgement {
  return { allowed: false, error }
}
