import { performance } from 'node:perf_hooks'
import type { Identities } from '../access/identities.ts'
import { Session } from '../access/session.ts'
import type { Clock } from '../clock.ts'
import { AssemblyError } from '../errors.ts'
import type { Faults, InvocationFault } from '../faults/faults.ts'
import type { RoleDefinition } from '../template/iam.ts'
import type { FunctionDefinition } from '../template/lambda.ts'
import type { Trace } from '../trace.ts'
import { ExecutionEnvironment, type InvocationResult } from './execution-environment.ts'
import type { LogGroups } from './log-groups.ts'
import { nextTraceHeader } from './trace-header.ts'

/**
 * Execution environments of one function at a time. AWS allows a thousand in an account; here a
 * further invocation waits for one to be free.
 */
export const MAX_ENVIRONMENTS = 10

/** Who assumes a function's role. */
const LAMBDA = 'lambda.amazonaws.com'

/** Invocations at a time, also those that wait: an account's default quota. */
const MAX_CONCURRENT_INVOCATIONS = 1_000

const CLOSED: InvocationResult = {
  ok: false,
  errorType: 'Runtime.Terminated',
  errorMessage: 'the local runtime is closing',
}

const THROTTLED = {
  ok: false,
  errorType: 'TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
} as const

export interface LocalFunctionProps {
  readonly definition: FunctionDefinition
  readonly role: RoleDefinition
  /** The function's variables, and the endpoints of the services it calls. */
  readonly variables: Readonly<Record<string, string>>
  readonly identities: Identities
  readonly logGroups: LogGroups
  /** PEM: whose `https://` the function trusts besides the public ones. */
  readonly certificate: string
  readonly clock: Clock
  readonly faults: Faults
  readonly trace: Trace
}

/** A Lambda function: as many execution environments as it has invocations at a time. */
export class LocalFunction {
  readonly #props: LocalFunctionProps
  readonly #environments = new Set<ExecutionEnvironment>()
  readonly #idle: ExecutionEnvironment[] = []
  readonly #waiting: ((environment: ExecutionEnvironment | undefined) => void)[] = []
  #closed = false
  /** Invocations under way, also those that wait. */
  #running = 0

  /** @throws AssemblyError when Lambda may not assume the function's role */
  constructor(props: LocalFunctionProps) {
    const { definition, role } = props
    if (!role.trustedServices.includes(LAMBDA)) {
      throw new AssemblyError(
        `${definition.logicalId}: the role ${role.roleName} cannot be assumed by Lambda`,
      )
    }
    this.#props = props
  }

  /**
   * Runs the function once. Never rejects.
   *
   * @param traceHeaders those of the messages in the event: the function goes on with their chain
   */
  async invoke(event: unknown, traceHeaders: readonly string[] = []): Promise<InvocationResult> {
    const { clock, definition, trace } = this.#props
    const { functionName, reservedConcurrency = MAX_CONCURRENT_INVOCATIONS } = definition
    if (this.#running >= reservedConcurrency) {
      const error = THROTTLED.errorType
      trace.record({ kind: 'invocation', functionName, coldStart: false, milliseconds: 0, error })
      return THROTTLED
    }
    this.#running += 1
    try {
      return await clock.hold(this.#invoke(event, traceHeaders))
    } finally {
      this.#running -= 1
    }
  }

  /** Ends every environment. Invocations under way or waiting fail. */
  async close(): Promise<void> {
    this.#closed = true
    for (const resolve of this.#waiting.splice(0)) resolve(undefined)
    await Promise.all([...this.#environments].map((environment) => environment.terminate()))
  }

  async #invoke(event: unknown, traceHeaders: readonly string[]): Promise<InvocationResult> {
    const { clock, definition, faults, trace } = this.#props
    const { functionArn, functionName, logicalId } = definition
    const environment = await this.#take()
    if (!environment) return CLOSED
    const coldStart = environment.cold
    const started = performance.now()
    const fault = faults.forInvocation(functionName, logicalId)
    const traceHeader = nextTraceHeader(functionArn, traceHeaders, clock.now())
    const result = await this.#runIn(environment, { event, traceHeader }, fault)
    trace.record({
      kind: 'invocation',
      functionName,
      coldStart,
      milliseconds: performance.now() - started,
      error: result.ok ? undefined : result.errorType,
    })
    this.#giveBack(environment)
    return result
  }

  async #runIn(
    environment: ExecutionEnvironment,
    invocation: Parameters<ExecutionEnvironment['invoke']>[0],
    fault: InvocationFault | undefined,
  ): Promise<InvocationResult> {
    if (!fault) return environment.invoke(invocation)
    if (fault.latencyMs > 0) await this.#props.clock.sleep(fault.latencyMs)
    if (fault.error !== undefined) {
      return { ok: false, errorType: 'Runtime.Fault', errorMessage: fault.error }
    }
    return environment.invoke(invocation, fault.kill)
  }

  /** An environment that is free, or undefined when the function is closed. */
  #take(): Promise<ExecutionEnvironment | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.alive) return Promise.resolve(idle)
      this.#environments.delete(idle)
    }
    if (this.#environments.size < MAX_ENVIRONMENTS) return Promise.resolve(this.#create())
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #giveBack(environment: ExecutionEnvironment): void {
    if (!environment.alive) this.#environments.delete(environment)
    const next = this.#waiting.shift()
    if (next) next(environment.alive ? environment : this.#create())
    else if (environment.alive) this.#idle.push(environment)
  }

  #create(): ExecutionEnvironment {
    const { definition, role, identities, logGroups, trace } = this.#props
    const { functionName, logGroupName } = definition
    const session = new Session(functionName, trace)
    const [credentials, principal] = identities.assumeRole(role, functionName, session)
    trace.record({
      kind: 'call',
      principalArn: LAMBDA,
      action: 'sts:AssumeRole',
      resource: role.roleArn,
      allowed: true,
    })
    const environment: ExecutionEnvironment = new ExecutionEnvironment({
      ...this.#props,
      credentials,
      session,
      log: (source, line) => {
        const { logStreamName } = environment
        logGroups.write({ functionName, logGroupName, logStreamName, principal }, source, line)
      },
      // What it may still have on its way is of no use to anybody.
      onEnd: () => identities.revoke(credentials),
    })
    this.#environments.add(environment)
    return environment
  }
}
