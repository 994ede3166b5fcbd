import type { Assembly } from '../assembly.ts'
import { UnsupportedError } from '../errors.ts'
import { resolveIntrinsics } from './intrinsics.ts'
import { TemplateScope } from './scope.ts'

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
 * Replaces all intrinsic functions by what they stand for in the local account, and leaves out what
 * has a condition that does not hold.
 *
 * @throws UnsupportedError for a resource type, an intrinsic function or a section that is not
 * known here
 */
export function resolveTemplate(assembly: Assembly): ResolvedTemplate {
  const { template } = assembly
  const scope = new TemplateScope(assembly)
  if (template.Transform !== undefined) {
    throw new UnsupportedError(
      'Transform',
      'macros that change a template are not supported locally',
    )
  }
  const resources = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type !== IGNORED_TYPE)
    .filter(([logicalId, { Condition }]) => scope.holds(Condition, `Resources/${logicalId}`))
    .map(([logicalId, { Type, Properties }]) => {
      return resolveResource(scope, logicalId, Type, Properties)
    })
  const outputs = Object.entries(template.Outputs)
    .filter(([name, { Condition }]) => scope.holds(Condition, `Outputs/${name}`))
    .map(([name, { Value }]) => [name, resolveIntrinsics(Value, scope, `Outputs/${name}`)] as const)
  return { resources, outputs: Object.fromEntries(outputs) }
}

function resolveResource(
  scope: TemplateScope,
  logicalId: string,
  type: string,
  properties: unknown,
): Resource {
  const path = `Resources/${logicalId}`
  const identifiers = scope.identifiersOf(logicalId)
  if (!identifiers) throw new UnsupportedError(path, `${type} is not supported locally`)
  return {
    logicalId,
    type,
    path,
    ref: identifiers.ref,
    arn: identifiers.attributes['Arn'] ?? '',
    properties: resolveIntrinsics(properties, scope, `${path}/Properties`),
  }
}
