import type { Identities, Principal } from '../access/identities.ts'
import { matches } from '../access/patterns.ts'
import type { Clock } from '../clock.ts'
import type { InvocationResult } from '../functions/execution-environment.ts'
import type { Account } from '../template/account.ts'
import type { RoleDefinition } from '../template/iam.ts'
import { isPermissionFor, type InvokePermission } from '../template/lambda.ts'
import type { Trace } from '../trace.ts'

export interface Invocable {
  invoke(event: unknown): Promise<InvocationResult>
}

export interface FunctionCallerProps {
  readonly account: Account
  readonly clock: Clock
  /** By ARN. */
  readonly functions: ReadonlyMap<string, Invocable>
  readonly permissions: readonly InvokePermission[]
  /** By ARN. */
  readonly roles: ReadonlyMap<string, RoleDefinition>
  readonly identities: Identities
  readonly trace: Trace
}

/** One call of API Gateway to a function. */
export interface FunctionCall {
  readonly functionArn: string
  /** A role to call by, which then counts in place of the function's permissions. */
  readonly credentialsArn?: string | undefined
  /** What calls, as a permission's SourceArn names it after the account: `{apiId}/{stage}/{route}`. */
  readonly source: string
  readonly event: unknown
  readonly timeoutMs: number
}

/** API Gateway as it invokes functions: only those whose permissions let it, and only for so long. */
export class FunctionCaller {
  readonly #props: FunctionCallerProps
  /** Sessions of the roles that it calls by, by their ARNs. */
  readonly #sessions = new Map<string, Principal>()

  constructor(props: FunctionCallerProps) {
    this.#props = props
  }

  async call(call: FunctionCall): Promise<InvocationResult | 'notAllowed' | 'timedOut'> {
    const { functionArn, event, timeoutMs } = call
    const target = this.#props.functions.get(functionArn)
    if (!target || !this.#mayInvoke(call)) return 'notAllowed'
    return this.#within(timeoutMs, target.invoke(event))
  }

  #mayInvoke({ functionArn, credentialsArn, source }: FunctionCall): boolean {
    if (credentialsArn !== undefined) return this.#roleMayInvoke(credentialsArn, functionArn)
    const { account, permissions, trace } = this.#props
    const sourceArn = account.arn('execute-api', source)
    const allowed = permissions.some(
      (permission) =>
        isPermissionFor(permission, functionArn) &&
        permission.action === 'lambda:InvokeFunction' &&
        !permission.onlyByUrl &&
        permission.principal === 'apigateway.amazonaws.com' &&
        (permission.sourceArn === undefined || matches(permission.sourceArn, sourceArn)),
    )
    if (!allowed) {
      const action = 'lambda:InvokeFunction'
      trace.record({
        kind: 'call',
        principalArn: sourceArn,
        action,
        resource: functionArn,
        allowed,
      })
    }
    return allowed
  }

  #roleMayInvoke(roleArn: string, functionArn: string): boolean {
    const { identities, roles } = this.#props
    const role = roles.get(roleArn)
    if (!role) return false
    const principal =
      this.#sessions.get(roleArn) ?? identities.assumeRole(role, 'BackplaneAssumeRoleSession')[1]
    this.#sessions.set(roleArn, principal)
    return identities.authorize(principal, 'lambda:InvokeFunction', functionArn) === undefined
  }

  /** What the promise gives, if that does not take longer; what it stands for goes on. */
  #within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'timedOut'> {
    return new Promise((resolve, reject) => {
      const cancel = this.#props.clock.after(milliseconds, () => resolve('timedOut'))
      void promise.then(resolve, reject).finally(cancel)
    })
  }
}
