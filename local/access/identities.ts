import { randomBytes } from 'node:crypto'
import { Account } from '../template/account.ts'
import type { RoleDefinition } from '../template/iam.ts'
import type { Trace } from '../trace.ts'
import { decide, type Statement } from './policy.ts'

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
}

const EVERYTHING: Statement = { effect: 'Allow', actions: ['*'], resources: ['*'] }

const CREDENTIAL = /Credential=([^/\s,]+)\//

/** All who can call: each has credentials of its own, by which a call is known. */
export class Identities {
  readonly #principals = new Map<string, Principal>()
  readonly #trace: Trace
  /** The account that they all belong to. */
  readonly account: Account

  constructor(trace: Trace, account: Account = new Account()) {
    this.#trace = trace
    this.account = account
  }

  /** New credentials for a session of a role. */
  assumeRole(role: RoleDefinition, sessionName: string): [Credentials, Principal] {
    return this.#issue({
      arn: this.account.globalArn('sts', `assumed-role/${role.roleName}/${sessionName}`),
      statements: role.statements,
    })
  }

  /** New credentials for the developer, who may do everything. */
  administrator(): Credentials {
    const arn = this.account.globalArn('iam', 'user/developer')
    return this.#issue({ arn, statements: [EVERYTHING] })[0]
  }

  /** Who signed, by the Authorization header; undefined when nobody known did. */
  find(authorization: string | undefined): Principal | undefined {
    const accessKeyId = CREDENTIAL.exec(authorization ?? '')?.[1]
    return accessKeyId === undefined ? undefined : this.#principals.get(accessKeyId)
  }

  /**
   * Judges a call and notes it in the trace.
   *
   * @returns undefined when the call is allowed, else AWS's sentence about why it is not.
   */
  authorize(principal: Principal, action: string, resource: string): string | undefined {
    const decision = decide(principal.statements, action, resource)
    const allowed = decision === 'allow'
    this.#trace.record({ kind: 'call', principalArn: principal.arn, action, resource, allowed })
    if (allowed) return undefined
    const because =
      decision === 'explicitDeny'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${action} action`
    return `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${because}`
  }

  #issue(principal: Principal): [Credentials, Principal] {
    const credentials = {
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: randomBytes(60).toString('base64'),
    }
    this.#principals.set(credentials.accessKeyId, principal)
    return [credentials, principal]
  }
}
