import { RemovalPolicy } from 'aws-cdk-lib'
import { AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway'
import { LogGroupLogDestination, type IAccessLogSettings } from 'aws-cdk-lib/aws-apigatewayv2'
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { acknowledge, findingText } from './acknowledge.ts'

/**
 * A line of the access log: one for each handshake, message and disconnect. This is all of it. Not
 * the address and the user agent (`$context.identity`), not the query, not what an authorizer said.
 * What is not known is a `-`, so that numbers stand in quotes, too.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
 */
export const ACCESS_LOG_FORMAT: string = JSON.stringify({
  requestId: '$context.requestId',
  routeKey: '$context.routeKey',
  eventType: '$context.eventType',
  status: '$context.status',
  integrationLatency: '$context.integrationLatency',
  connectionId: '$context.connectionId',
})

export interface AccessLogProps {
  readonly logRetention?: RetentionDays | undefined
  readonly cloudWatchRole?: boolean
}

/** Where API Gateway writes a line for each handshake, message and disconnect. */
export class AccessLog extends Construct {
  readonly logGroup: LogGroup
  readonly settings: IAccessLogSettings

  constructor(scope: Construct, id: string, props: AccessLogProps) {
    super(scope, id)
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.settings = {
      destination: new LogGroupLogDestination(this.logGroup),
      format: AccessLogFormat.custom(ACCESS_LOG_FORMAT),
    }
    if (props.cloudWatchRole ?? true) this.#addCloudWatchRole()
  }

  /**
   * The role by which API Gateway writes logs: one setting for the whole account and region, which a
   * stage with a log cannot be made without. It stays when the stack goes, as that of CDK's RestApi
   * does, because other APIs may have come to use it.
   */
  #addCloudWatchRole(): void {
    const policy = ManagedPolicy.fromAwsManagedPolicyName(
      'service-role/AmazonAPIGatewayPushToCloudWatchLogs',
    )
    const role = new Role(this, 'CloudWatchRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      managedPolicies: [policy],
    })
    role.applyRemovalPolicy(RemovalPolicy.RETAIN)
    acknowledge(
      role,
      `AwsSolutions-IAM4[Policy::${findingText(this, policy.managedPolicyArn)}]`,
      'AWS’s own policy for this role. It serves all APIs of the account, whose log groups are not known here.',
    )
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn })
    account.applyRemovalPolicy(RemovalPolicy.RETAIN)
  }
}
