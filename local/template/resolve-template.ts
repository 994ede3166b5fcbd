import type { Assembly, Template } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import { ACCOUNT } from './account.ts'
import { identify, type Identifiers } from './identifiers.ts'
import { resolveIntrinsics, type Scope } from './intrinsics.ts'

/** A resource of the template, without intrinsic functions. */
export interface Resource {
  readonly logicalId: string
  readonly type: string
  readonly ref: string
  /** The value of its `Arn` attribute, or '' when it has none. */
  readonly arn: string
  /** Where it stands: `Resources/{logicalId}`. */
  readonly path: string
  readonly properties: unknown
}

export interface ResolvedTemplate {
  readonly resources: readonly Resource[]
  readonly outputs: Readonly<Record<string, unknown>>
}

/** Describes the CDK app to AWS and makes nothing. */
const IGNORED_TYPE = 'AWS::CDK::Metadata'

/**
 * Replaces all intrinsic functions by what they stand for in the local account.
 *
 * @throws UnsupportedError for a resource type or an intrinsic function that is not known here
 */
export function resolveTemplate({ stackName, template }: Assembly): ResolvedTemplate {
  const pseudoParameters = new Map<string, unknown>([
    ['AWS::AccountId', ACCOUNT.accountId],
    ['AWS::Region', ACCOUNT.region],
    ['AWS::Partition', ACCOUNT.partition],
    ['AWS::URLSuffix', ACCOUNT.urlSuffix],
    ['AWS::StackName', stackName],
    ['AWS::StackId', `arn:aws:cloudformation:::stack/${stackName}/local`],
    ['AWS::NotificationARNs', []],
  ])

  const identifiersOf = (logicalId: string): Identifiers | undefined => {
    const resource = template.Resources[logicalId]
    if (!resource) return undefined
    const property = (name: string): string | undefined => {
      const path = `Resources/${logicalId}/Properties/${name}`
      const value = resolveIntrinsics(resource.Properties[name], scope, path)
      return typeof value === 'string' ? value : undefined
    }
    return identify(resource.Type, { stackName, logicalId, property })
  }

  const scope: Scope = {
    ref: (name) =>
      pseudoParameters.get(name) ??
      identifiersOf(name)?.ref ??
      defaultOf(template.Parameters[name]),
    getAtt: (logicalId, attribute) => identifiersOf(logicalId)?.attributes[attribute],
    condition: (name) => {
      const expression = template.Conditions[name]
      if (expression === undefined) return undefined
      return resolveIntrinsics(expression, scope, `Conditions/${name}`) === true
    },
    findInMap: (map, first, second) => template.Mappings[map]?.[first]?.[second],
  }

  const resources: Resource[] = []
  for (const [logicalId, resource] of Object.entries(template.Resources)) {
    const { Type: type, Condition: condition, Properties } = resource
    if (type === IGNORED_TYPE) continue
    if (condition !== undefined && !scope.condition(condition)) continue
    const path = `Resources/${logicalId}`
    const identifiers = identifiersOf(logicalId)
    if (!identifiers) throw new UnsupportedError(path, `${type} is not supported locally`)
    const properties = resolveIntrinsics(Properties, scope, `${path}/Properties`)
    resources.push({
      logicalId,
      type,
      path,
      ref: identifiers.ref,
      arn: identifiers.attributes['Arn'] ?? '',
      properties,
    })
  }
  const outputs = Object.entries(template.Outputs).map(
    ([name, { Value }]) => [name, resolveIntrinsics(Value, scope, `Outputs/${name}`)] as const,
  )
  return { resources, outputs: Object.fromEntries(outputs) }
}

/** Other types, such as one that names a parameter of SSM, stand for something else than their text. */
const PLAIN_PARAMETERS = new Set(['String', 'Number'])

function defaultOf(parameter: Template['Parameters'][string] | undefined): unknown {
  return parameter && PLAIN_PARAMETERS.has(parameter.Type) ? parameter.Default : undefined
}
