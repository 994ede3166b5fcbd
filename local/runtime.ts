import { Identities, type Credentials } from './access/identities.ts'
import { ServiceDoor } from './access/service-door.ts'
import { Clock } from './clock.ts'
import { Console } from './console/console.ts'
import { AssemblyError } from './errors.ts'
import { Faults } from './faults/faults.ts'
import { FunctionUrl } from './function-urls/function-url.ts'
import { CodeDirectories } from './functions/code-directories.ts'
import { LocalFunction } from './functions/local-function.ts'
import { LogGroups } from './functions/log-groups.ts'
import { Gateway } from './gateway/gateway.ts'
import type { LocalCertificate } from './gateway/local-certificate.ts'
import { LOOPBACK } from './http.ts'
import { localVariables, withLocalAddresses, type LocalAddresses } from './local-variables.ts'
import { EventSource } from './queues/event-source.ts'
import { Queues } from './queues/queues.ts'
import { sqsEndpoint } from './queues/sqs-endpoint.ts'
import type { Local, QueuedMessage, StartLocalOptions, StoredItem } from './start-local.ts'
import { dynamoDbEndpoint } from './tables/dynamodb-endpoint.ts'
import { TableStore } from './tables/table-store.ts'
import { TimeToLive } from './tables/time-to-live.ts'
import type { EventSourceDefinition } from './template/event-source.ts'
import { functionPolicy } from './template/function-policy.ts'
import type { RoleDefinition } from './template/iam.ts'
import type { FunctionDefinition } from './template/lambda.ts'
import type { App } from './template/read-app.ts'
import { Trace } from './trace.ts'

/** A service's door on a port of its own. */
type Endpoint = Pick<ReturnType<typeof sqsEndpoint>, 'url' | 'start' | 'close'>

/** The parts of a local stack, from its app to what runs. */
export class Runtime implements Local {
  readonly app: App
  readonly clock: Clock
  readonly faults: Faults
  readonly trace = new Trace()
  readonly credentials: Credentials
  readonly #certificate: LocalCertificate
  readonly #identities: Identities
  readonly #logGroups: LogGroups
  readonly #store: TableStore
  readonly #timeToLive: TimeToLive
  readonly #dynamoDb: Endpoint
  readonly #queues: Queues
  readonly #sqs: Endpoint
  readonly #functionUrls: readonly FunctionUrl[]
  readonly #gateway: Gateway
  readonly #code: CodeDirectories
  /** By ARN. */
  readonly #functions = new Map<string, LocalFunction>()
  readonly #eventSources: EventSource[] = []
  readonly #hasConsole: boolean
  #port = 0

  /** @throws AssemblyError when the faults are none */
  constructor(app: App, certificate: LocalCertificate, options: StartLocalOptions) {
    const { account } = app
    const { trace } = this
    if (options.onTrace) trace.subscribe(options.onTrace)
    const clock = options.clock ?? new Clock()
    const faults = new Faults(trace, options.faults)
    const identities = new Identities(trace, clock, account)
    const door = new ServiceDoor({ identities, faults, clock })
    this.app = app
    this.clock = clock
    this.faults = faults
    this.credentials = identities.administrator()
    this.#certificate = certificate
    this.#identities = identities
    this.#logGroups = new LogGroups(identities, trace, app.logGroupNames)
    this.#store = new TableStore(options.dynamodbUrl)
    this.#timeToLive = new TimeToLive(this.#store, clock)
    this.#dynamoDb = dynamoDbEndpoint({
      ...options,
      account,
      door,
      store: this.#store,
      tables: app.tables,
      trace,
    })
    this.#queues = new Queues(app.queues, { clock, faults, trace })
    for (const { queueArn, policy } of app.queues) identities.setResourcePolicy(queueArn, policy)
    this.#sqs = sqsEndpoint({ account, door, queues: this.#queues, clock, trace })
    // The functions come when the gateway has a port: their variables name it.
    const functions = this.#functions
    const { quotas } = options
    const parts = { functions, identities, certificate, quotas, door, clock, faults, trace }
    this.#functionUrls = app.functionUrls.map((definition) => {
      return new FunctionUrl({ definition, certificate, functions, identities, clock })
    })
    for (const { functionArn } of app.functions) {
      const policy = functionPolicy(functionArn, app.permissions, account)
      identities.setResourcePolicy(functionArn, policy)
    }
    const page = options.console && new Console(options.console, this)
    this.#hasConsole = page !== undefined
    this.#gateway = new Gateway({ ...app, ...parts, console: page })
    this.#code = new CodeDirectories(options.assembly)
  }

  get url(): string {
    return `ws://localhost:${this.#port}${this.#gateway.path}`
  }

  get consoleUrl(): string | undefined {
    return this.#hasConsole ? `http://localhost:${this.#port}/` : undefined
  }

  get outputs(): Readonly<Record<string, string>> {
    return withLocalAddresses(this.app.outputs, this.app, this.#addresses)
  }

  get functionUrls(): ReadonlyMap<string, string> {
    return new Map(this.#functionUrls.map(({ definition, url }) => [definition.functionName, url]))
  }

  get callbackUrl(): string {
    return `http://${LOOPBACK}:${this.#port}${this.#gateway.path}`
  }

  get dynamodbUrl(): string {
    return this.#dynamoDb.url
  }

  get queuesUrl(): string {
    return this.#sqs.url
  }

  /** @throws AssemblyError when a part cannot be made as the app has it */
  async start(port: number): Promise<void> {
    const { app } = this
    this.#port = await this.#gateway.listen(port)
    await this.#store.start(app.tables)
    this.#timeToLive.start(app.tables)
    await this.#dynamoDb.start()
    await this.#sqs.start()
    for (const url of this.#functionUrls) await url.start()
    for (const definition of app.functions) this.#startFunction(definition)
    for (const definition of app.eventSources) this.#startEventSource(definition)
  }

  get #addresses(): LocalAddresses {
    const { dynamodbUrl, queuesUrl } = this
    const functionUrls = this.#functionUrls.map(
      (one) => [one.definition.domainName, one.url] as const,
    )
    return { port: this.#port, dynamodbUrl, queuesUrl, functionUrls: new Map(functionUrls) }
  }

  async storedItems(): Promise<readonly StoredItem[]> {
    const tables = this.app.tables.map(async ({ tableName }) => {
      const items = await this.#store.items(tableName)
      return items.map((item) => ({ tableName, item }))
    })
    return (await Promise.all(tables)).flat()
  }

  queuedMessages(): readonly QueuedMessage[] {
    return this.#queues.all.flatMap(({ definition: { queueName }, messages }) => {
      return messages.map((message) => ({ ...message, queueName }))
    })
  }

  async close(): Promise<void> {
    await this.#gateway.close()
    await Promise.all(this.#functionUrls.map((url) => url.close()))
    for (const eventSource of this.#eventSources) eventSource.stop()
    await Promise.all([...this.#functions.values()].map((fn) => fn.close()))
    this.#timeToLive.stop()
    await this.#sqs.close()
    await this.#dynamoDb.close()
    await this.#store.close()
    this.#code.close()
  }

  #startFunction(deployed: FunctionDefinition): void {
    const definition = { ...deployed, codeDirectory: this.#code.copyOf(deployed) }
    this.#functions.set(
      definition.functionArn,
      new LocalFunction({
        definition,
        role: this.#roleOf(definition),
        variables: localVariables(definition, this.app, this.#addresses),
        certificate: this.#certificate.cert,
        identities: this.#identities,
        logGroups: this.#logGroups,
        clock: this.clock,
        faults: this.faults,
        trace: this.trace,
      }),
    )
  }

  #startEventSource(definition: EventSourceDefinition): void {
    const { functionArn, queueArn } = definition
    const deployed = this.app.functions.find((fn) => fn.functionArn === functionArn)
    const target = this.#functions.get(functionArn)
    const queue = this.#queues.get(queueArn)
    // The app was read with all of them.
    if (!deployed || !target || !queue) return
    const eventSource = new EventSource({
      definition,
      queue,
      target,
      targetDefinition: deployed,
      role: this.#roleOf(deployed),
      identities: this.#identities,
      clock: this.clock,
      trace: this.trace,
    })
    eventSource.start()
    this.#eventSources.push(eventSource)
  }

  #roleOf({ logicalId, roleArn }: FunctionDefinition): RoleDefinition {
    const role = this.app.roles.get(roleArn)
    if (!role) throw new AssemblyError(`${logicalId}: its role is not in the template`)
    return role
  }
}
