import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RemovalPolicy, type Duration } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction, OutputFormat, type BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { resolveLogLevels, type LogSettings } from './log-settings.ts'

export interface LambdaFunctionProps {
  /** The file in `lambdas/` without its ending. */
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeout: Duration
  readonly logs: LogSettings
}

/** A Lambda with a role of its own, which may write this function's log and nothing more. */
export class LambdaFunction extends Construct {
  readonly function: NodejsFunction

  constructor(scope: Construct, id: string, props: LambdaFunctionProps) {
    super(scope, id)
    const { logLevel, systemLogLevel } = resolveLogLevels(props.logs)
    const logGroup = new LogGroup(this, 'Logs', {
      retention: props.logs.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // The role that CDK would make takes AWS's managed policy: every log group of the account.
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    logGroup.grantWrite(role)
    this.function = new NodejsFunction(this, 'Resource', {
      entry: fileURLToPath(new URL(`../lambdas/${props.name}.ts`, import.meta.url)),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MEGABYTES,
      timeout: props.timeout,
      environment: props.environment,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: logLevel,
      systemLogLevelV2: systemLogLevel,
      bundling: BUNDLING,
    })
  }
}

/** CPU comes with memory: with less, a cold start and a broadcast take longer and cost no less. */
const MEMORY_MEGABYTES = 512

/**
 * Where else than in Lambda's variables the SDK would look for credentials: a third of a bundle. It
 * loads them only when there are none, and would find them in the runtime's own copy.
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
]

/**
 * What the SDK loads for operations that stream events, of which there are none here. As a part of
 * the bundle, all that it shares with the rest would be wrapped and compiled twice.
 */
const EVENT_STREAMS = '@smithy/core/event-streams'

/**
 * One file for each of Node's own modules that the bundles import: it takes out of the module what
 * they use. An import in an ES module would evaluate all that the module exports, also what is loaded
 * when it is asked for: a tenth of a cold start. What a file lacks, esbuild misses.
 */
const BUILTINS = new URL('../lambdas/builtins/', import.meta.url)

function builtinAliases(): Record<string, string> {
  const aliases = readdirSync(BUILTINS).flatMap((file) => {
    // `fs-promises.mjs` is of `node:fs/promises`. Some packages leave out the `node:`.
    const name = file.replace('.mjs', '').replace('-', '/')
    const path = fileURLToPath(new URL(file, BUILTINS))
    return [[`--alias:node:${name}`, path] as const, [`--alias:${name}`, path] as const]
  })
  return Object.fromEntries(aliases)
}

/** What the SDK brings along and nobody uses here: a fiftieth of a bundle. */
const STAND_INS = {
  '--alias:@aws-sdk/endpoint-cache': fileURLToPath(
    new URL('../lambdas/stand-ins/endpoint-cache.mjs', import.meta.url),
  ),
}

// The SDK's ES modules, bundled and shaken, load about three times faster than the runtime's own copy.
const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  mainFields: ['module', 'main'],
  target: 'node24',
  minify: true,
  bundleAwsSDK: true,
  externalModules: [...OTHER_CREDENTIALS, EVENT_STREAMS],
  esbuildArgs: { ...builtinAliases(), ...STAND_INS },
}
