import { randomBytes } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { Account } from '../template/account.ts'
import type { RoleDefinition } from '../template/iam.ts'
import type { Trace } from '../trace.ts'
import type { RequestContext } from './conditions.ts'
import { decide, type Statement } from './policy.ts'
import { requestContext } from './request-context.ts'
import { statementsFor, type ResourceStatement } from './resource-policy.ts'
import type { Session } from './session.ts'
import {
  isSignedBy,
  parseAuthorization,
  signingTime,
  SigningKeys,
  type Authorization,
  type SignedRequest,
} from './signature.ts'

/** What a program signs its calls with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/** Who calls: a role that somebody has assumed, or the developer. */
export interface Principal {
  readonly arn: string
  readonly statements: readonly Statement[]
  /** The execution environment that calls, when it is one. */
  readonly session?: Session | undefined
}

/** Who has an access key, with the keys of the day that go when it is revoked. */
interface KeyHolder {
  readonly credentials: Credentials
  readonly principal: Principal
  readonly signingKeys: SigningKeys
}

/** Why a call has no caller: AWS's name for it, and its sentence. */
export interface AuthenticationFailure {
  readonly type: string
  readonly message: string
}

const EVERYTHING: Statement = { effect: 'Allow', actions: ['*'], resources: ['*'] }

/** How far a signature's time may be off, either way. */
const MAX_SKEW_MS = 5 * 60_000

export const MISSING: AuthenticationFailure = {
  type: 'MissingAuthenticationTokenException',
  message: 'Missing Authentication Token',
}
const UNKNOWN: AuthenticationFailure = {
  type: 'UnrecognizedClientException',
  message: 'The security token included in the request is invalid.',
}
const WRONG: AuthenticationFailure = {
  type: 'InvalidSignatureException',
  message:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
}

/** All who can call: each has credentials of its own, and signs its calls with them. */
export class Identities {
  /** By access key id. */
  readonly #keyHolders = new Map<string, KeyHolder>()
  readonly #trace: Trace
  readonly #clock: Clock
  readonly #resourcePolicies = new Map<string, readonly ResourceStatement[]>()
  /** The account that they all belong to. */
  readonly account: Account

  constructor(trace: Trace, clock: Clock, account: Account = new Account()) {
    this.#trace = trace
    this.#clock = clock
    this.account = account
  }

  /** New credentials for a session of a role. */
  assumeRole(
    role: RoleDefinition,
    sessionName: string,
    session?: Session,
  ): [Credentials, Principal] {
    return this.#issue({
      arn: this.account.globalArn('sts', `assumed-role/${role.roleName}/${sessionName}`),
      statements: role.statements,
      session,
    })
  }

  /** New credentials for the developer, who may do everything. */
  administrator(): Credentials {
    const arn = this.account.globalArn('iam', 'user/developer')
    return this.#issue({ arn, statements: [EVERYTHING] })[0]
  }

  /**
   * What hangs on a resource joins in whoever calls: within an account, a call is allowed when the
   * caller's own policies or the resource's allow it, and neither denies it.
   */
  setResourcePolicy(resourceArn: string, statements: readonly ResourceStatement[]): void {
    this.#resourcePolicies.set(resourceArn, statements)
  }

  /** These credentials are good for nothing any more. */
  revoke({ accessKeyId }: Credentials): void {
    this.#keyHolders.delete(accessKeyId)
  }

  /** Who signed a request to a service, with Signature Version 4. */
  authenticate(request: SignedRequest, service: string): Principal | AuthenticationFailure {
    const authorization = parseAuthorization(request.headers['authorization']?.toString())
    if (!authorization) return MISSING
    const holder = this.#keyHolders.get(authorization.accessKeyId)
    if (!holder) return UNKNOWN
    const { credentials, principal, signingKeys } = holder
    if (request.headers['x-amz-security-token'] !== credentials.sessionToken) return UNKNOWN
    const failure = this.#checkScope(request, authorization, service)
    if (failure) return failure
    const key = signingKeys.derive(credentials.secretAccessKey, authorization)
    return isSignedBy(key, request, authorization) ? principal : WRONG
  }

  /**
   * Judges a call and notes it in the trace.
   *
   * @param keys what the service tells of it to conditions, by lower-case names
   * @returns undefined when the call is allowed, else AWS's sentence about why it is not.
   */
  authorize(
    principal: Principal,
    action: string,
    resource: string,
    keys?: RequestContext,
  ): string | undefined {
    const context = requestContext(principal.arn, this.account, this.#clock.now(), keys)
    const onResource = statementsFor(principal.arn, this.#resourcePolicies.get(resource) ?? [])
    const statements = [...principal.statements, ...onResource]
    const decision = decide(statements, action, resource, context)
    const allowed = decision === 'allow'
    this.#trace.record({ kind: 'call', principalArn: principal.arn, action, resource, allowed })
    if (allowed) return undefined
    const byResource = decide(onResource, action, resource, context) === 'explicitDeny'
    const because =
      decision === 'explicitDeny'
        ? `with an explicit deny in ${byResource ? 'a resource-based' : 'an identity-based'} policy`
        : `because no identity-based policy allows the ${action} action`
    return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`
  }

  /** What a signature is for and when it was made: old ones are no good, nor those for others. */
  #checkScope(
    request: SignedRequest,
    { day, region, service, signedHeaders }: Authorization,
    expectedService: string,
  ): AuthenticationFailure | undefined {
    const time = signingTime(request.headers)
    const date = request.headers['x-amz-date']?.toString() ?? ''
    if (time === undefined || !date.startsWith(day)) {
      return incomplete('The day in Credential is not that of X-Amz-Date.')
    }
    const hasTarget = request.headers['x-amz-target'] !== undefined
    const needed = ['host', 'x-amz-date', ...(hasTarget ? ['x-amz-target'] : [])]
    const unsigned = needed.find((name) => !signedHeaders.includes(name))
    if (unsigned !== undefined) {
      return incomplete(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
    }
    if (region !== this.account.region) {
      return incomplete(`Credential should be scoped to a valid region: '${this.account.region}'.`)
    }
    if (service !== expectedService) {
      return incomplete(`Credential should be scoped to correct service: '${expectedService}'.`)
    }
    // Functions live by the local clock; who calls from outside has the machine's.
    const skews = [this.#clock.now(), Date.now()].map((now) => Math.abs(now - time))
    if (Math.min(...skews) <= MAX_SKEW_MS) return undefined
    return incomplete(`Signature expired: ${date} is more than 5 minutes off.`)
  }

  #issue(principal: Principal): [Credentials, Principal] {
    const credentials = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(60).toString('base64'),
    }
    this.#keyHolders.set(credentials.accessKeyId, {
      credentials,
      principal,
      signingKeys: new SigningKeys(),
    })
    return [credentials, principal]
  }
}

export function isFailure(
  caller: Principal | AuthenticationFailure,
): caller is AuthenticationFailure {
  return 'type' in caller
}

function incomplete(message: string): AuthenticationFailure {
  return { type: 'InvalidSignatureException', message }
}
