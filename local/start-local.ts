import { Identities, type Credentials } from './access/identities.ts'
import { ServiceDoor } from './access/service-door.ts'
import { readAssembly } from './assembly.ts'
import { Clock } from './clock.ts'
import { AssemblyError } from './errors.ts'
import { Faults } from './faults/faults.ts'
import type { FaultPlan } from './faults/rules.ts'
import { CodeDirectories } from './functions/code-directories.ts'
import { LocalFunction } from './functions/local-function.ts'
import { LogGroups } from './functions/log-groups.ts'
import { Gateway } from './gateway/gateway.ts'
import { issueLocalCertificate } from './gateway/local-certificate.ts'
import type { Quotas } from './gateway/throttles.ts'
import { LOOPBACK } from './http.ts'
import { localVariables } from './local-variables.ts'
import { EventSource } from './queues/event-source.ts'
import { Queues } from './queues/queues.ts'
import { SqsEndpoint } from './queues/sqs-endpoint.ts'
import { DynamoDbEndpoint } from './tables/dynamodb-endpoint.ts'
import { TableStore } from './tables/table-store.ts'
import { TimeToLive } from './tables/time-to-live.ts'
import type { RoleDefinition } from './template/iam.ts'
import type { FunctionDefinition } from './template/lambda.ts'
import { readApp, type App } from './template/read-app.ts'
import { Trace, type TraceEntry } from './trace.ts'

export interface StartLocalOptions {
  /** A synthesized cloud assembly, such as `cdk.out`. */
  readonly assembly: string
  /**
   * What to go on without, as if the app did not have it: types such as `AWS::Cognito::UserPool` and
   * `AWS::EC2::*`, properties such as `AWS::Lambda::Function.VpcConfig`, and resources that have a
   * value, such as `AWS::Lambda::Function.Runtime=python3.13`.
   *
   * @default - nothing: whatever is not supported is refused
   */
  readonly ignore?: readonly string[] | undefined
  /** @default 0 - any port that is free */
  readonly port?: number
  /**
   * The time to run by.
   *
   * @default - one that runs as the machine's does, until it is moved on
   */
  readonly clock?: Clock
  /**
   * What shall go wrong.
   *
   * @default - nothing
   */
  readonly faults?: FaultPlan | undefined
  /**
   * What the account may do.
   *
   * @default - AWS's quotas for a new account
   */
  readonly quotas?: Quotas
  /**
   * Another DynamoDB, such as AWS's DynamoDB Local.
   *
   * @default - one in memory
   */
  readonly dynamodbUrl?: string | undefined
  /**
   * The most items that one page of a Scan holds.
   *
   * @default - 1 MB of items, as on AWS
   */
  readonly scanPageItems?: number | undefined
  /** Sees what happens, from the first entry on. */
  readonly onTrace?: (entry: TraceEntry) => void
}

/** A stack that runs on this machine. */
export interface Local {
  /** Where clients connect: `ws://localhost:{port}/{stage}`. */
  readonly url: string
  /** The stage's @connections endpoint. */
  readonly callbackUrl: string
  /** The tables, behind the roles' permissions. */
  readonly dynamodbUrl: string
  /** The queues' SQS, behind the same. */
  readonly queuesUrl: string
  /** For the developer's own calls to all of them: they may do everything. */
  readonly credentials: Credentials
  readonly app: App
  readonly clock: Clock
  readonly faults: Faults
  readonly trace: Trace
  /** Closes every connection and ends every function. */
  close(): Promise<void>
}

/**
 * Runs a synthesized CDK WebSocket app: its template, its bundles, its roles.
 *
 * @throws AssemblyError when the assembly cannot be read or run
 * @throws UnsupportedError with all that the app asks for and that is not supported locally
 */
export async function startLocal(options: StartLocalOptions): Promise<Local> {
  const app = readApp(readAssembly(options.assembly), options.ignore)
  const { account, api } = app
  const { clock = new Clock(), quotas } = options
  const trace = new Trace()
  if (options.onTrace) trace.subscribe(options.onTrace)
  const faults = new Faults(trace, options.faults)
  const identities = new Identities(trace, clock, account)
  const door = new ServiceDoor({ identities, faults, clock })
  const logGroups = new LogGroups(identities, trace, app.logGroupNames)
  const store = new TableStore(options.dynamodbUrl)
  const dynamoDb = new DynamoDbEndpoint({ ...options, account, door, store })
  const timeToLive = new TimeToLive(store, clock)
  const queues = new Queues(app.queues, { clock, faults, trace })
  const sqs = new SqsEndpoint({ account, door, queues })
  for (const { queueArn, policy } of app.queues) identities.setResourcePolicy(queueArn, policy)

  // Filled below: functions need the gateway's port, and the gateway needs the functions.
  const functions = new Map<string, LocalFunction>()
  const eventSources: EventSource[] = []
  const certificate = await issueLocalCertificate()
  const gateway = new Gateway({
    ...app,
    functions,
    identities,
    certificate,
    quotas,
    door,
    clock,
    faults,
    trace,
  })
  const code = new CodeDirectories(options.assembly)
  const close = async (): Promise<void> => {
    await gateway.close()
    for (const eventSource of eventSources) eventSource.stop()
    await Promise.all([...functions.values()].map((fn) => fn.close()))
    clock.close()
    await sqs.close()
    await dynamoDb.close()
    await store.close()
    code.close()
  }
  try {
    const port = await gateway.listen(options.port ?? 0)
    await store.start(app.tables)
    timeToLive.start(app.tables)
    await dynamoDb.start()
    await sqs.start()
    const addresses = { port, dynamodbUrl: dynamoDb.url, queuesUrl: sqs.url }
    for (const deployed of app.functions) {
      const definition = { ...deployed, codeDirectory: code.copyOf(deployed) }
      functions.set(
        definition.functionArn,
        new LocalFunction({
          definition,
          role: roleOf(definition, app),
          variables: localVariables(definition, app, addresses),
          identities,
          logGroups,
          certificate: certificate.cert,
          clock,
          faults,
          trace,
        }),
      )
    }
    for (const definition of app.eventSources) {
      const { functionArn, queueArn } = definition
      const deployed = app.functions.find((fn) => fn.functionArn === functionArn)
      const target = functions.get(functionArn)
      const queue = queues.get(queueArn)
      // The app was read with both.
      if (!deployed || !target || !queue) continue
      const { functionName } = deployed
      const role = roleOf(deployed, app)
      const props = { definition, queue, target, functionName, role, identities, clock }
      const eventSource = new EventSource(props)
      eventSource.start()
      eventSources.push(eventSource)
    }
    return {
      url: `ws://localhost:${port}/${api.stageName}`,
      callbackUrl: `http://${LOOPBACK}:${port}/${api.stageName}`,
      dynamodbUrl: dynamoDb.url,
      queuesUrl: sqs.url,
      credentials: identities.administrator(),
      app,
      clock,
      faults,
      trace,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function roleOf({ logicalId, roleArn }: FunctionDefinition, { roles }: App): RoleDefinition {
  const role = roles.get(roleArn)
  if (!role) throw new AssemblyError(`${logicalId}: its role is not in the template`)
  return role
}
