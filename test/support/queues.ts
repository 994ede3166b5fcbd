import { SQSClient } from '@aws-sdk/client-sqs'
import { onTestFinished } from 'vitest'
import { Identities, type Credentials } from '../../local/access/identities.ts'
import type { Statement } from '../../local/access/policy.ts'
import { ServiceDoor } from '../../local/access/service-door.ts'
import { Clock } from '../../local/clock.ts'
import { Faults } from '../../local/faults/faults.ts'
import type { FaultPlan } from '../../local/faults/rules.ts'
import { Queues } from '../../local/queues/queues.ts'
import { sqsEndpoint } from '../../local/queues/sqs-endpoint.ts'
import type { QueueDefinition } from '../../local/template/sqs.ts'
import { Trace } from '../../local/trace.ts'
import { signedRequest } from './signed-request.ts'

export const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:jobs'

export const QUEUE: QueueDefinition = {
  queueName: 'jobs',
  queueArn: QUEUE_ARN,
  queueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/jobs',
  visibilityTimeoutSeconds: 30,
  delaySeconds: 0,
  retentionSeconds: 345_600,
  maximumMessageBytes: 1_048_576,
  receiveWaitSeconds: 0,
  redrive: undefined,
  policy: [],
}

/** SQS by itself, with queues of a test's choice and callers of any role. */
export class TestSqs {
  readonly trace = new Trace()
  readonly clock = new Clock()
  readonly faults: Faults
  readonly identities = new Identities(this.trace, this.clock)
  readonly queues: Queues
  readonly #endpoint: ReturnType<typeof sqsEndpoint>

  private constructor(definitions: readonly QueueDefinition[], rules: FaultPlan['rules']) {
    const { trace, clock, identities } = this
    this.faults = new Faults(trace, { rules })
    this.queues = new Queues(definitions, { clock, faults: this.faults, trace })
    const door = new ServiceDoor({ identities, faults: this.faults, clock })
    const { account } = identities
    this.#endpoint = sqsEndpoint({ account, door, queues: this.queues, clock, trace })
    for (const { queueArn, policy } of definitions) identities.setResourcePolicy(queueArn, policy)
  }

  static async start(
    definitions: readonly Partial<QueueDefinition>[] = [{}],
    rules: FaultPlan['rules'] = [],
  ): Promise<TestSqs> {
    const sqs = new TestSqs(
      definitions.map((definition) => ({ ...QUEUE, ...definition })),
      rules,
    )
    await sqs.#endpoint.start()
    onTestFinished(() => sqs.#endpoint.close())
    return sqs
  }

  get url(): string {
    return this.#endpoint.url
  }

  queueUrl(queueName = 'jobs'): string {
    return `${this.url}/000000000000/${queueName}`
  }

  /** A client of the developer's, or of a role with these statements. */
  client(statements?: readonly Statement[]): SQSClient {
    const credentials = this.credentials(statements)
    const client = new SQSClient({
      endpoint: this.url,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    })
    onTestFinished(() => client.destroy())
    return client
  }

  /** One call as it goes over the wire, with input that the SDK may not send. */
  async call(
    operation: string,
    input: object | string,
    statements?: readonly Statement[],
    at?: Date,
  ): Promise<{ status: number; headers: Headers; body: unknown }> {
    const body = typeof input === 'string' ? input : JSON.stringify(input)
    const target = { 'x-amz-target': `AmazonSQS.${operation}`, host: new URL(this.url).host }
    const options = { service: 'sqs', body, headers: target, ...(at && { at }) }
    const { headers } = await signedRequest(this.credentials(statements), options)
    const sent = Object.entries(headers).map(([name, value]) => [name, String(value)] as const)
    const response = await fetch(this.url, {
      method: 'POST',
      body,
      headers: Object.fromEntries(sent.filter(([name]) => name !== 'host')),
    })
    return { status: response.status, headers: response.headers, body: await response.json() }
  }

  credentials(statements?: readonly Statement[]): Credentials {
    if (!statements) return this.identities.administrator()
    const role = { roleName: 'Role', roleArn: 'arn:role', trustedServices: [], statements }
    return this.identities.assumeRole(role, 'session')[0]
  }
}
