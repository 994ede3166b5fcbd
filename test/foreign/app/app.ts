// A chat as public repositories write it: a stack for the data and one for the API, CommonJS
// handlers in folders that leave the SDK to Lambda's runtime, a zip file, code in the template.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App, CfnCondition, CfnOutput, CfnParameter, Fn, Stack } from 'aws-cdk-lib'
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { UserPool } from 'aws-cdk-lib/aws-cognito'
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { Vpc } from 'aws-cdk-lib/aws-ec2'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { CfnFunction, Code, Function, Runtime, type FunctionOptions } from 'aws-cdk-lib/aws-lambda'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { strToU8, zipSync } from 'fflate'

const app = new App()
const data = new Stack(app, 'ForeignData')
const table = new Table(data, 'Connections', {
  partitionKey: { name: 'connectionId', type: AttributeType.STRING },
  readCapacity: 3,
  writeCapacity: 2,
})
table.addGlobalSecondaryIndex({
  indexName: 'byRoom',
  partitionKey: { name: 'room', type: AttributeType.STRING },
  readCapacity: 1,
  writeCapacity: 1,
})
table.autoScaleReadCapacity({ minCapacity: 3, maxCapacity: 9 }).scaleOnUtilization({
  targetUtilizationPercent: 70,
})

const stack = new Stack(app, 'ForeignApi')
const stageName = new CfnParameter(stack, 'StageName', { default: 'dev' })
const isProduction = new CfnCondition(stack, 'IsProduction', {
  expression: Fn.conditionEquals(stageName, 'prod'),
})

const folder = Code.fromAsset(here('lambda'))
const zip = Code.fromAsset(zipped())
const unnamed = { TABLE_NAME: table.tableName }
const connect = lambda('Connect', 'src/handlers/connect.handler', folder, {
  environment: unnamed,
  // Its provider is a function of CDK's own.
  logRetention: RetentionDays.ONE_WEEK,
})
const disconnect = lambda('Disconnect', 'src/handlers/disconnect.api.remove', folder, {
  environment: unnamed,
  reservedConcurrentExecutions: 5,
})
const send = lambda('Send', 'src/send.handler', zip, { environment: unnamed })
const about = lambda('About', 'src/about.handler', zip, {
  environment: {
    ...unnamed,
    TABLE_ARN: table.tableArn,
    GREETING: Fn.sub('${AWS::StackName} in ${StageName}'),
    PAGE_SIZE: Fn.conditionIf(isProduction.logicalId, '1000', '10').toString(),
  },
})
const authorize = lambda('Authorize', 'index.handler', Code.fromInline(authorizerSource()))

table.grantReadWriteData(connect)
table.grantReadWriteData(disconnect)
table.grantReadData(send)
about.addToRolePolicy(
  new PolicyStatement({
    actions: ['dynamodb:DescribeTable'],
    resources: [table.tableArn],
    conditions: { StringEquals: { 'aws:RequestedRegion': stack.region } },
  }),
)

const integration = (fn: Function) => new WebSocketLambdaIntegration(`${fn.node.id}Integration`, fn)
const authorizer = new WebSocketLambdaAuthorizer('Authorizer', authorize, {
  identitySource: ['route.request.querystring.room'],
})
const api = new WebSocketApi(stack, 'Api', {
  connectRouteOptions: { integration: integration(connect), authorizer },
  disconnectRouteOptions: { integration: integration(disconnect) },
})
api.addRoute('send', { integration: integration(send) })
api.addRoute('about', { integration: integration(about), returnResponse: true })
const stage = new WebSocketStage(stack, 'Stage', {
  webSocketApi: api,
  stageName: 'dev',
  autoDeploy: true,
})
stage.grantManagementApiAccess(send)
send.metricErrors().createAlarm(stack, 'SendErrors', { threshold: 1, evaluationPeriods: 1 })
new CfnOutput(stack, 'Url', { value: stage.url })

if (app.node.tryGetContext('refused') === true) addWhatIsRefused()

function lambda(id: string, handler: string, code: Code, options: FunctionOptions = {}): Function {
  return new Function(stack, id, { runtime: Runtime.NODEJS_22_X, handler, code, ...options })
}

/** A pool for the users, and a function in a network of its own that knows it. */
function addWhatIsRefused(): void {
  const pool = new UserPool(data, 'Users')
  const vpc = new Vpc(stack, 'Network', { maxAzs: 1, natGateways: 0 })
  const report = lambda('Report', 'index.handler', Code.fromInline('exports.handler = () => {}'), {
    environment: { POOL_ID: pool.userPoolId, POOL_ARN: pool.userPoolArn },
  })
  const { defaultChild } = report.node
  if (defaultChild instanceof CfnFunction) {
    const subnetIds = vpc.isolatedSubnets.map(({ subnetId }) => subnetId)
    defaultChild.vpcConfig = { subnetIds, securityGroupIds: [vpc.vpcDefaultSecurityGroup] }
  }
  pool.grant(report, 'cognito-idp:ListUsers')
}

function authorizerSource(): string {
  return `exports.handler = async ({ methodArn, queryStringParameters: { room } }) => ({
    principalId: 'anybody',
    context: { room },
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: methodArn }],
    },
  })`
}

/** The folder `zipped` as a build would leave it. */
function zipped(): string {
  const source = here('zipped')
  const directory = mkdtempSync(join(tmpdir(), 'foreign-'))
  process.on('exit', () => rmSync(directory, { recursive: true }))
  const files: Record<string, Uint8Array> = {}
  for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files[relative(source, path).replaceAll('\\', '/')] = strToU8(readFileSync(path, 'utf8'))
  }
  const file = join(directory, 'code.zip')
  writeFileSync(file, zipSync(files))
  return file
}

function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
