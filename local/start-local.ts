import type { Credentials } from './access/identities.ts'
import { readAssembly } from './assembly.ts'
import type { Clock } from './clock.ts'
import type { ConsoleOptions } from './console/console.ts'
import type { Faults } from './faults/faults.ts'
import type { FaultPlan } from './faults/rules.ts'
import { issueLocalCertificate, type LocalCertificate } from './gateway/local-certificate.ts'
import type { Quotas } from './gateway/throttles.ts'
import type { JsonObject } from './json.ts'
import type { Message } from './queues/message.ts'
import { Runtime } from './runtime.ts'
import { readApp, type App } from './template/read-app.ts'
import type { Trace, TraceEntry } from './trace.ts'

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
  /**
   * What the functions trust on this machine, and the gateway shows.
   *
   * @default - a new one
   */
  readonly certificate?: LocalCertificate | undefined
  /**
   * A page that the gateway's port serves at `/`, and that may look at the stack.
   *
   * @default - none
   */
  readonly console?: ConsoleOptions | undefined
  /** Sees what happens, from the first entry on. */
  readonly onTrace?: (entry: TraceEntry) => void
}

export interface StoredItem {
  readonly tableName: string
  /** As DynamoDB's API has it: `{ connectionId: { S: '…' } }`. */
  readonly item: JsonObject
}

export interface QueuedMessage extends Message {
  readonly queueName: string
}

/** A stack that runs on this machine. */
export interface Local {
  /** Where clients connect: `ws://localhost:{port}/{stage}`, or a mapping's key if that is the only way. */
  readonly url: string
  /** The page beside the stage, if there is one. */
  readonly consoleUrl: string | undefined
  /** The stage's @connections endpoint. */
  readonly callbackUrl: string
  /** The tables, behind the roles' permissions. */
  readonly dynamodbUrl: string
  /** The queues' SQS, behind the same. */
  readonly queuesUrl: string
  /** Where functions can be called by HTTP, by the functions' names: `http://127.0.0.1:…/`. */
  readonly functionUrls: ReadonlyMap<string, string>
  /**
   * What the stacks say of themselves at the end of a deployment, by name, after the stack's name and
   * a dot if there are several. Addresses are those on this machine.
   */
  readonly outputs: Readonly<Record<string, string>>
  /** For the developer's own calls to all of them: they may do everything. */
  readonly credentials: Credentials
  readonly app: App
  readonly clock: Clock
  readonly faults: Faults
  readonly trace: Trace
  /** What the tables hold, seen past permissions and faults, and without a trace of it. */
  storedItems(): Promise<readonly StoredItem[]>
  /** What the queues hold, also what nobody can receive now; seen in the same way. */
  queuedMessages(): readonly QueuedMessage[]
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
  const runtime = new Runtime(app, options.certificate ?? (await issueLocalCertificate()), options)
  try {
    await runtime.start(options.port ?? 0)
    return runtime
  } catch (error) {
    await runtime.close()
    throw error
  }
}
