import type { Assembly } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import { readApi, type ApiDefinition } from './api-gateway.ts'
import { readTable, type TableDefinition } from './dynamodb.ts'
import { readRoles, type RoleDefinition } from './iam.ts'
import {
  readFunction,
  readInvokePermission,
  type FunctionDefinition,
  type InvokePermission,
} from './lambda.ts'
import { readLogGroupName } from './logs.ts'
import { resolveTemplate } from './resolve-template.ts'

/** All that the template asks for, in the local runtime's own terms. */
export interface App {
  readonly stackName: string
  readonly account: Account
  readonly api: ApiDefinition
  readonly functions: readonly FunctionDefinition[]
  readonly permissions: readonly InvokePermission[]
  readonly tables: readonly TableDefinition[]
  /** By ARN. */
  readonly roles: ReadonlyMap<string, RoleDefinition>
  readonly logGroupNames: readonly string[]
  readonly outputs: Readonly<Record<string, unknown>>
  /** What a person may type into a client, and what it does: `Local::Examples` in the Metadata. */
  readonly examples: readonly { readonly type: string; readonly does: string }[]
}

/**
 * @throws UnsupportedError for whatever the local runtime cannot honour
 * @throws AssemblyError when the template holds no WebSocket API, or several
 */
export function readApp(assembly: Assembly): App {
  const { resources, outputs } = resolveTemplate(assembly)
  const ofType = (...types: string[]) => resources.filter(({ type }) => types.includes(type))
  const api = readApi(resources)
  const functions = ofType('AWS::Lambda::Function').map((r) => readFunction(r, assembly))
  for (const { integration, authorizer } of api.routes.values()) {
    if (integration.type === 'AWS_PROXY') checkTarget(integration, 'IntegrationUri', functions)
    if (authorizer) checkTarget(authorizer, 'AuthorizerUri', functions)
  }
  return {
    stackName: assembly.stackName,
    account: assembly.account,
    api,
    functions,
    permissions: ofType('AWS::Lambda::Permission').map(readInvokePermission),
    tables: ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map((r) =>
      readTable(r, assembly.account),
    ),
    roles: readRoles(resources),
    logGroupNames: ofType('AWS::Logs::LogGroup').map(readLogGroupName),
    outputs,
    examples: assembly.template.Metadata['Local::Examples'] ?? [],
  }
}

function checkTarget(
  { functionArn, path }: { readonly functionArn: string; readonly path: string },
  property: string,
  functions: readonly FunctionDefinition[],
): void {
  if (functions.some((definition) => definition.functionArn === functionArn)) return
  throw new UnsupportedError(
    `${path}/Properties/${property}`,
    `the function ${functionArn} is not in this template`,
  )
}
