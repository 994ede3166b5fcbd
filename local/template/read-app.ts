import type { Assembly } from '../assembly.ts'
import { AssemblyError, UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import { readApi, type ApiDefinition } from './api-gateway.ts'
import { assumedRoles, checkAssumedRoles } from './assumed-roles.ts'
import { readTable, type TableDefinition } from './dynamodb.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { readEventSources, type EventSourceDefinition } from './event-source.ts'
import { readFunctionUrls, type FunctionUrlDefinition } from './function-url.ts'
import { readRoles, type RoleDefinition } from './iam.ts'
import {
  readFunction,
  readInvokePermission,
  type FunctionDefinition,
  type InvokePermission,
} from './lambda.ts'
import { readLogGroupName } from './logs.ts'
import { isPlaceholder } from './placeholders.ts'
import { Problems } from './problems.ts'
import { resolveTemplate, type Resource } from './resolve-template.ts'
import { readQueues, type QueueDefinition } from './sqs.ts'

/** All that the templates ask for, in the local runtime's own terms. */
export interface App {
  /** Of the stack that holds the API. */
  readonly stackName: string
  readonly stackNames: readonly string[]
  readonly account: Account
  readonly api: ApiDefinition
  readonly functions: readonly FunctionDefinition[]
  readonly functionUrls: readonly FunctionUrlDefinition[]
  readonly permissions: readonly InvokePermission[]
  readonly tables: readonly TableDefinition[]
  readonly queues: readonly QueueDefinition[]
  readonly eventSources: readonly EventSourceDefinition[]
  /** By ARN. Those that neither a function nor API Gateway assumes are left out. */
  readonly roles: ReadonlyMap<string, RoleDefinition>
  readonly logGroupNames: readonly string[]
  /** By name, after the stack's name and a dot if there are several. */
  readonly outputs: Readonly<Record<string, string>>
  /** What a person may type into a client, and what it does: `Local::Examples` in the Metadata. */
  readonly examples: readonly { readonly type: string; readonly does: string }[]
}

/**
 * @param ignore what to go on without: types such as `AWS::Cognito::UserPool` and `AWS::EC2::*`, and
 * properties such as `AWS::Lambda::Function.VpcConfig`
 * @throws UnsupportedError with all that the local runtime cannot honour
 * @throws AssemblyError when the app holds no WebSocket API, or several
 */
export function readApp(assembly: Assembly, ignore: readonly string[] = []): App {
  const problems = new Problems()
  const rules = new IgnoreRules(ignore)
  const { account, resources, outputs } = resolveTemplate(assembly, problems, rules)
  for (const error of rules.unused()) problems.report(error)
  const ofType = (...types: string[]) => resources.filter(({ type }) => types.includes(type))
  const api = readApi(resources, account, problems)
  const functions = problems.each(ofType('AWS::Lambda::Function'), (r) => readFunction(r, assembly))
  const assumed = assumedRoles(resources)
  const queues = readQueues(resources, account, problems)
  const app = {
    account,
    functions,
    functionUrls: readFunctionUrls(resources, functions, account, problems),
    permissions: problems.each(ofType('AWS::Lambda::Permission'), readInvokePermission),
    tables: problems.each(ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'), (r) =>
      readTable(r, account),
    ),
    queues,
    eventSources: readEventSources(resources, functions, queues, problems),
    roles: readRoles(resources, new Set(assumed.map(({ roleArn }) => roleArn)), problems),
    logGroupNames: problems.each(ofType('AWS::Logs::LogGroup'), readLogGroupName),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [name, asText(value)]),
    ),
    examples: assembly.stacks.flatMap(({ template }) => template.Metadata['Local::Examples'] ?? []),
  }
  problems.each([...(api?.routes.values() ?? [])], ({ integration, authorizer }) => {
    if (integration.type === 'AWS_PROXY') checkTarget(integration, 'IntegrationUri', resources)
    if (authorizer) checkTarget(authorizer, 'AuthorizerUri', resources)
  })
  checkAssumedRoles(assumed, app.roles, resources, problems)
  problems.throwIfAny()
  // It is only missing when there was a problem with it.
  if (!api) throw new AssemblyError('the app has no WebSocket API')
  return { ...app, api, ...stackNames(assembly, resources) }
}

/** CloudFormation gives out nothing but text. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function stackNames(
  { stacks }: Assembly,
  resources: readonly Resource[],
): Pick<App, 'stackName' | 'stackNames'> {
  const api = resources.find(({ type }) => type === 'AWS::ApiGatewayV2::Api')
  const names = stacks.map(({ stackName }) => stackName)
  return { stackName: api?.stackName ?? names.join(', '), stackNames: names }
}

function checkTarget(
  { functionArn, path }: { readonly functionArn: string; readonly path: string },
  property: string,
  resources: readonly Resource[],
): void {
  // The developer goes on without that function: the route answers as if it could not be invoked.
  if (isPlaceholder(functionArn)) return
  const isFunction = ({ type, arn }: Resource) =>
    type === 'AWS::Lambda::Function' && arn === functionArn
  if (resources.some(isFunction)) return
  throw new UnsupportedError(
    `${path}/Properties/${property}`,
    `the function ${functionArn} is not in this template`,
  )
}
