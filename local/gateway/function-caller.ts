import { matches } from '../access/policy.ts'
import type { Clock } from '../clock.ts'
import type { InvocationResult } from '../functions/execution-environment.ts'
import type { Account } from '../template/account.ts'
import type { InvokePermission } from '../template/lambda.ts'
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
  readonly trace: Trace
}

/** One call of API Gateway to a function. */
export interface FunctionCall {
  readonly functionArn: string
  /** What calls, as a permission's SourceArn names it after the account: `{apiId}/{stage}/{route}`. */
  readonly source: string
  readonly event: unknown
  readonly timeoutMs: number
}

/** API Gateway as it invokes functions: only those whose permissions let it, and only for so long. */
export class FunctionCaller {
  readonly #props: FunctionCallerProps

  constructor(props: FunctionCallerProps) {
    this.#props = props
  }

  async call(call: FunctionCall): Promise<InvocationResult | 'notAllowed' | 'timedOut'> {
    const { functionArn, event, timeoutMs } = call
    const target = this.#props.functions.get(functionArn)
    if (!target || !this.#mayInvoke(call)) return 'notAllowed'
    return this.#within(timeoutMs, target.invoke(event))
  }

  #mayInvoke({ functionArn, source }: FunctionCall): boolean {
    const { account, permissions, trace } = this.#props
    const sourceArn = account.arn('execute-api', source)
    const allowed = permissions.some(
      (permission) =>
        // It may name the function by its ARN or by an end of it, down to the name alone.
        `:${functionArn}`.endsWith(`:${permission.functionArn}`) &&
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

  /** What the promise gives, if that does not take longer; what it stands for goes on. */
  #within<T>(milliseconds: number, promise: Promise<T>): Promise<T | 'timedOut'> {
    return new Promise((resolve, reject) => {
      const cancel = this.#props.clock.after(milliseconds, () => resolve('timedOut'))
      void promise.then(resolve, reject).finally(cancel)
    })
  }
}
