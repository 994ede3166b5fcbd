import { Identities, type Credentials } from './access/identities.ts'
import { readAssembly } from './assembly.ts'
import { AssemblyError, UnsupportedError } from './errors.ts'
import { CodeDirectories } from './functions/code-directories.ts'
import { LocalFunction } from './functions/local-function.ts'
import { LogGroups } from './functions/log-groups.ts'
import { Gateway } from './gateway/gateway.ts'
import { LOOPBACK } from './http.ts'
import { DynamoDbEndpoint } from './tables/dynamodb-endpoint.ts'
import type { RoleDefinition } from './template/iam.ts'
import type { FunctionDefinition } from './template/lambda.ts'
import { readApp, type App } from './template/read-app.ts'
import { Trace, type TraceEntry } from './trace.ts'

export interface StartLocalOptions {
  /** A synthesized cloud assembly, such as `cdk.out`. */
  readonly assembly: string
  /** @default 0 - any port that is free */
  readonly port?: number
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
  /** For the developer's own calls to both: they may do everything. */
  readonly credentials: Credentials
  readonly app: App
  readonly trace: Trace
  /** Closes every connection and ends every function. */
  close(): Promise<void>
}

/**
 * Runs a synthesized CDK WebSocket app: its template, its bundles, its roles.
 *
 * @throws AssemblyError when the assembly cannot be read or run
 * @throws UnsupportedError when the template asks for something that is not supported locally
 * @throws an error with the code EADDRINUSE when the port is taken
 */
export async function startLocal(options: StartLocalOptions): Promise<Local> {
  const app = readApp(readAssembly(options.assembly))
  const trace = new Trace()
  if (options.onTrace) trace.subscribe(options.onTrace)
  const identities = new Identities(trace, app.account)
  const logGroups = new LogGroups(identities, trace, app.logGroupNames)
  const dynamoDb = new DynamoDbEndpoint({ ...options, tables: app.tables, identities })

  // Filled below: functions need the gateway's port, and the gateway needs the functions.
  const functions = new Map<string, LocalFunction>()
  const { api, permissions } = app
  const gateway = new Gateway({ api, functions, permissions, identities, trace })
  const code = new CodeDirectories(options.assembly)
  const close = async (): Promise<void> => {
    await gateway.close()
    await Promise.all([...functions.values()].map((fn) => fn.close()))
    await dynamoDb.close()
    code.close()
  }
  try {
    const port = await gateway.listen(options.port ?? 0)
    await dynamoDb.start()
    for (const deployed of app.functions) {
      const definition = { ...deployed, codeDirectory: code.copyOf(deployed.codeDirectory) }
      const role = roleOf(definition, app)
      const variables = localVariables(definition, app, port, dynamoDb.url)
      const props = { definition, role, variables, identities, logGroups, trace }
      functions.set(definition.functionArn, new LocalFunction(props))
    }
    return {
      url: `ws://localhost:${port}/${api.stageName}`,
      callbackUrl: `http://${LOOPBACK}:${port}/${api.stageName}`,
      dynamodbUrl: dynamoDb.url,
      credentials: identities.administrator(),
      app,
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

/** A function's variables, with the API's address on AWS replaced by the one it has here. */
function localVariables(
  { logicalId, environment }: FunctionDefinition,
  { api, account }: App,
  port: number,
  dynamodbUrl: string,
): Record<string, string> {
  const host = `${api.apiId}.execute-api.${account.region}.${account.urlSuffix}`
  const variables = Object.entries(environment).map(([name, value]) => {
    const local = value
      .replaceAll(`https://${host}`, `http://${LOOPBACK}:${port}`)
      .replaceAll(`wss://${host}`, `ws://${LOOPBACK}:${port}`)
    if (!local.includes(host)) return [name, local] as const
    throw new UnsupportedError(
      `Resources/${logicalId}/Properties/Environment/Variables/${name}`,
      "the API's host name without https:// cannot be served locally; pass the whole URL",
    )
  })
  return { ...Object.fromEntries(variables), AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl }
}
