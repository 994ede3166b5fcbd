import { RemovalPolicy, type Duration } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Architecture, Function, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { lambdaCode } from './lambda-code.ts'
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
  readonly function: Function

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
    this.function = new Function(this, 'Resource', {
      code: lambdaCode(props.name),
      handler: 'index.handler',
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
    })
  }
}

/** CPU comes with memory: with less, a cold start and a broadcast take longer and cost no less. */
const MEMORY_MEGABYTES = 512
