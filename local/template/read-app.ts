import type { Assembly } from '../assembly.ts'
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
  return {
    stackName: assembly.stackName,
    api: readApi(resources),
    functions: ofType('AWS::Lambda::Function').map((r) => readFunction(r, assembly)),
    permissions: ofType('AWS::Lambda::Permission').map(readInvokePermission),
    tables: ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable').map(readTable),
    roles: readRoles(resources),
    logGroupNames: ofType('AWS::Logs::LogGroup').map(readLogGroupName),
    outputs,
    examples: assembly.template.Metadata['Local::Examples'] ?? [],
  }
}
