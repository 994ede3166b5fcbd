import * as v from 'valibot'
import type { Assembly } from '../assembly.ts'
import { AssemblyError, UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import { readApi, type ApiDefinition } from './api-gateway.ts'
import { readTable, type TableDefinition } from './dynamodb.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { readRoles, type RoleDefinition } from './iam.ts'
import {
  readFunction,
  readInvokePermission,
  type FunctionDefinition,
  type InvokePermission,
} from './lambda.ts'
import { readLogGroupName } from './logs.ts'
import { Problems } from './problems.ts'
import { resolveTemplate, type Resource } from './resolve-template.ts'

const LAMBDA = 'lambda.amazonaws.com'

/** All that the templates ask for, in the local runtime's own terms. */
export interface App {
  /** Of the stack that holds the API. */
  readonly stackName: string
  readonly stackNames: readonly string[]
  readonly account: Account
  readonly api: ApiDefinition
  readonly functions: readonly FunctionDefinition[]
  readonly permissions: readonly InvokePermission[]
  readonly tables: readonly TableDefinition[]
  /** By ARN. Those that no function assumes are left out. */
  readonly roles: ReadonlyMap<string, RoleDefinition>
  readonly logGroupNames: readonly string[]
  readonly outputs: Readonly<Record<string, unknown>>
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
  const api = readApi(resources, problems)
  const functions = problems.each(ofType('AWS::Lambda::Function'), (r) => readFunction(r, assembly))
  const app = {
    account,
    functions,
    permissions: problems.each(ofType('AWS::Lambda::Permission'), readInvokePermission),
    tables: problems.each(ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'), (r) =>
      readTable(r, account),
    ),
    roles: readRoles(resources, assumedRoles(ofType('AWS::Lambda::Function')), problems),
    logGroupNames: problems.each(ofType('AWS::Logs::LogGroup'), readLogGroupName),
    outputs,
    examples: assembly.stacks.flatMap(({ template }) => template.Metadata['Local::Examples'] ?? []),
  }
  problems.each([...(api?.routes.values() ?? [])], ({ integration, authorizer }) => {
    if (integration.type === 'AWS_PROXY') checkTarget(integration, 'IntegrationUri', resources)
    if (authorizer) checkTarget(authorizer, 'AuthorizerUri', resources)
  })
  checkRoles(app, resources, problems)
  problems.throwIfAny()
  // It is only missing when there was a problem with it.
  if (!api) throw new AssemblyError('the app has no WebSocket API')
  return { ...app, api, ...stackNames(assembly, resources) }
}

/** Also those of functions that cannot be read: what is wrong with both is told at once. */
function assumedRoles(functions: readonly Resource[]): Set<string> {
  const role = v.object({ Role: v.string() })
  return new Set(
    functions.flatMap(({ properties }) => (v.is(role, properties) ? properties.Role : [])),
  )
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
  const isFunction = ({ type, arn }: Resource) =>
    type === 'AWS::Lambda::Function' && arn === functionArn
  if (resources.some(isFunction)) return
  throw new UnsupportedError(
    `${path}/Properties/${property}`,
    `the function ${functionArn} is not in this template`,
  )
}

/** Each function needs a role that Lambda may assume. */
function checkRoles(
  { functions, roles }: Pick<App, 'functions' | 'roles'>,
  resources: readonly Resource[],
  problems: Problems,
): void {
  for (const { logicalId, roleArn } of functions) {
    const role = roles.get(roleArn)
    if (role ? role.trustedServices.includes(LAMBDA) : resources.some((r) => r.arn === roleArn))
      continue
    const reason = role
      ? `${logicalId}: the role ${role.roleName} cannot be assumed by Lambda`
      : `${logicalId}: its role is not in the template`
    problems.report(new AssemblyError(reason))
  }
}
