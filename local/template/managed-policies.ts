import type { Statement } from '../access/policy.ts'

const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']

const allow = (actions: readonly string[], resource = '*'): Statement => ({
  effect: 'Allow',
  actions,
  resources: [resource],
})

/**
 * What AWS's own managed policies allow, as far as it concerns services that an app can call here:
 * the actions of other services, such as the autoscaling in AmazonDynamoDBFullAccess, are left out.
 * From the AWS Managed Policy Reference Guide; by the end of the ARN, after `policy/`.
 */
const MANAGED_POLICIES: ReadonlyMap<string, Statement> = new Map([
  ['AdministratorAccess', allow(['*'])],
  ['AmazonAPIGatewayAdministrator', allow(['apigateway:*'], 'arn:aws:apigateway:*::/*')],
  [
    'AmazonAPIGatewayInvokeFullAccess',
    allow(['execute-api:Invoke', 'execute-api:ManageConnections'], 'arn:aws:execute-api:*:*:*'),
  ],
  ['AmazonDynamoDBFullAccess', allow(['dynamodb:*'])],
  [
    'AmazonDynamoDBReadOnlyAccess',
    allow([
      'dynamodb:BatchGetItem',
      'dynamodb:Describe*',
      'dynamodb:GetItem',
      'dynamodb:List*',
      'dynamodb:PartiQLSelect',
      'dynamodb:Query',
      'dynamodb:Scan',
    ]),
  ],
  ['AmazonSQSFullAccess', allow(['sqs:*'])],
  [
    'AWSXRayDaemonWriteAccess',
    allow([
      'xray:GetSamplingRules',
      'xray:GetSamplingStatisticSummaries',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]),
  ],
  ['CloudWatchLogsFullAccess', allow(['logs:*'])],
  ['service-role/AWSLambdaBasicExecutionRole', allow(LOGS)],
  [
    'service-role/AWSLambdaDynamoDBExecutionRole',
    allow([
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
      ...LOGS,
    ]),
  ],
  ['service-role/AWSLambdaRole', allow(['lambda:InvokeFunction'])],
  [
    'service-role/AWSLambdaSQSQueueExecutionRole',
    allow(['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', ...LOGS]),
  ],
  // Beside the logs it has what a function in a VPC needs of EC2, which nobody calls here.
  ['service-role/AWSLambdaVPCAccessExecutionRole', allow(LOGS)],
])

const MANAGED_ARN = /^arn:[^:]+:iam::aws:policy\/(.+)$/

/** @returns undefined for a policy that is not AWS's, or not known here */
export function managedPolicy(arn: string): Statement | undefined {
  return MANAGED_POLICIES.get(MANAGED_ARN.exec(arn)?.[1] ?? '')
}
