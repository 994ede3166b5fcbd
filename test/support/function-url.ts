import { expect, onTestFinished } from 'vitest'
import { Identities, type Credentials } from '../../local/access/identities.ts'
import type { Statement } from '../../local/access/policy.ts'
import type { Session } from '../../local/access/session.ts'
import { Clock } from '../../local/clock.ts'
import { FunctionUrl } from '../../local/function-urls/function-url.ts'
import type { InvocationResult } from '../../local/functions/execution-environment.ts'
import { issueLocalCertificate } from '../../local/index.ts'
import { asJsonObject, type JsonObject } from '../../local/json.ts'
import { functionPolicy } from '../../local/template/function-policy.ts'
import type { FunctionUrlDefinition } from '../../local/template/function-url.ts'
import { readApp } from '../../local/template/read-app.ts'
import { Trace } from '../../local/trace.ts'
import { assemblyOf, CHAT } from './assembly.ts'

export const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Chat-Handler'
export const FORBIDDEN = {
  Message:
    'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
}

/** One for all: to make it takes longer than a test. */
const certificate = await issueLocalCertificate()

/** A function by its URL, which returns what it is told to, and its callers. */
export class TestUrl {
  readonly trace = new Trace()
  readonly identities = new Identities(this.trace, new Clock())
  readonly events: unknown[] = []
  returned: InvocationResult = { ok: true, payload: '{"statusCode":200,"body":"done"}' }
  readonly #url: FunctionUrl

  private constructor(authType: FunctionUrlDefinition['authType'], permissions: Properties[]) {
    const { identities } = this
    const definition = {
      functionArn: ARN,
      functionName: 'Chat-Handler',
      authType,
      urlId: 'abc',
      domainName: 'abc.on.aws',
    }
    const invoke = (event: unknown): Promise<InvocationResult> => {
      this.events.push(event)
      return Promise.resolve(this.returned)
    }
    const functions = new Map([[ARN, { invoke }]])
    this.#url = new FunctionUrl({
      definition,
      certificate,
      functions,
      identities,
      clock: new Clock(),
    })
    const policy = functionPolicy(ARN, readPermissions(permissions), identities.account)
    identities.setResourcePolicy(ARN, policy)
  }

  static async start(
    authType: FunctionUrlDefinition['authType'] = 'AWS_IAM',
    permissions: Properties[] = [],
  ): Promise<TestUrl> {
    const started = new TestUrl(authType, permissions)
    await started.#url.start()
    onTestFinished(() => started.#url.close())
    return started
  }

  get url(): string {
    return this.#url.url
  }

  role(statements: readonly Statement[], session?: Session): Credentials {
    const roleArn = 'arn:aws:iam::000000000000:role/Caller'
    const role = { roleName: 'Caller', roleArn, trustedServices: [], statements }
    return this.identities.assumeRole(role, 'it', session)[0]
  }

  /** What it was called with, which was one thing. */
  event(): JsonObject {
    expect(this.events).toHaveLength(1)
    return asJsonObject(this.events[0])
  }
}

export type Properties = Readonly<Record<string, unknown>>

export const BY_URL = { Action: 'lambda:InvokeFunctionUrl' }
export const BY_ANY = { Action: 'lambda:InvokeFunction' }
export const PUBLIC = [
  { ...BY_URL, Principal: '*', FunctionUrlAuthType: 'NONE' },
  { ...BY_ANY, Principal: '*', InvokedViaFunctionUrl: true },
]

function readPermissions(all: readonly Properties[]) {
  const resources = all.map((given, index) => {
    const Properties = { FunctionName: { Ref: 'Handler' }, ...given }
    return [`Permission${index}`, { Type: 'AWS::Lambda::Permission', Properties }] as const
  })
  return readApp(assemblyOf({ ...CHAT, ...Object.fromEntries(resources) })).permissions
}
