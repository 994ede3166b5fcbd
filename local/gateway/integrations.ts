import { matches } from '../access/policy.ts'
import type { InvocationResult } from '../functions/execution-environment.ts'
import type { Account } from '../template/account.ts'
import type { ApiDefinition, LambdaIntegration, RouteDefinition } from '../template/api-gateway.ts'
import type { InvokePermission } from '../template/lambda.ts'
import type { Trace } from '../trace.ts'
import type { GatewayEvent } from './events.ts'
import { parseMock, type Mock } from './mock-integration.ts'

/** How an integration ended. */
export type IntegrationResult =
  | {
      readonly kind: 'response'
      /** Undefined when the function returned no number for it. */
      readonly statusCode: number | undefined
      readonly headers: ReadonlyMap<string, string>
      /** '' when there is none. */
      readonly body: string
    }
  /** No permission lets this route invoke the function. */
  | { readonly kind: 'notAllowed' }
  /** The function threw, or returned a body that is not text. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'timedOut' }

export interface Invocable {
  invoke(event: unknown): Promise<InvocationResult>
}

export interface IntegrationsProps {
  readonly api: ApiDefinition
  readonly account: Account
  /** By ARN. */
  readonly functions: ReadonlyMap<string, Invocable>
  readonly permissions: readonly InvokePermission[]
  readonly trace: Trace
}

/** Runs what stands behind the routes of one API. */
export class Integrations {
  readonly #props: IntegrationsProps
  readonly #mocks = new Map<RouteDefinition, Mock>()

  /** @throws UnsupportedError for a MOCK integration with more than simple templates */
  constructor(props: IntegrationsProps) {
    this.#props = props
    for (const route of props.api.routes.values()) {
      if (route.integration.type === 'MOCK') this.#mocks.set(route, parseMock(route.integration))
    }
  }

  async run(route: RouteDefinition, event: GatewayEvent): Promise<IntegrationResult> {
    if (route.integration.type === 'AWS_PROXY') return this.#invoke(route, route.integration, event)
    const response = this.#mocks.get(route)?.(event.requestContext)
    return response ? { kind: 'response', headers: new Map(), ...response } : { kind: 'failed' }
  }

  async #invoke(
    { routeKey }: RouteDefinition,
    { functionArn, timeoutMs }: LambdaIntegration,
    event: GatewayEvent,
  ): Promise<IntegrationResult> {
    const target = this.#props.functions.get(functionArn)
    if (!target || !this.#mayInvoke(functionArn, routeKey)) return { kind: 'notAllowed' }
    const result = await within(timeoutMs, target.invoke(event))
    if (result === undefined) return { kind: 'timedOut' }
    return result.ok ? readResponse(result.payload) : { kind: 'failed' }
  }

  #mayInvoke(functionArn: string, routeKey: string): boolean {
    const { api, account, permissions, trace } = this.#props
    const sourceArn = account.arn('execute-api', `${api.apiId}/${api.stageName}/${routeKey}`)
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
}

/** The promise's value, or undefined when it takes longer; what it stands for goes on. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds)
  })
  try {
    return await Promise.race([promise, timeout])
  } finally {
    clearTimeout(timer)
  }
}

function readResponse(payload: string): IntegrationResult {
  const value: unknown = JSON.parse(payload)
  const { statusCode, headers, body } = asRecord(value)
  if (body !== undefined && body !== null && typeof body !== 'string') return { kind: 'failed' }
  return {
    kind: 'response',
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    headers: new Map(
      Object.entries(asRecord(headers)).map(([name, text]) => [name.toLowerCase(), String(text)]),
    ),
    body: body ?? '',
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
