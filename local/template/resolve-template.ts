import type { Assembly, Stack } from '../assembly.ts'
import { Account } from './account.ts'
import { assertNoOtherReference, resolveDynamicReferences } from './dynamic-references.ts'
import { isKnownType } from './identifiers.ts'
import { IgnoreRules } from './ignore-rules.ts'
import { NO_VALUE, resolveIntrinsics } from './intrinsics.ts'
import { leftOut } from './left-out.ts'
import { Problems } from './problems.ts'
import { TemplateScope } from './scope.ts'
import { readSecrets, SECRET, type Secret } from './secrets.ts'

/** A resource of a template, without intrinsic functions. */
export interface Resource {
  readonly stackName: string
  readonly logicalId: string
  readonly type: string
  readonly ref: string
  /** The value of its `Arn` attribute, or '' when it has none. */
  readonly arn: string
  /** Where it stands: `Resources/{logicalId}`, after the stack's name if there are several. */
  readonly path: string
  readonly properties: unknown
}

export interface ResolvedTemplate {
  /** The account and region of all the resources. */
  readonly account: Account
  readonly resources: readonly Resource[]
  /** By name, after the stack's name and a dot if there are several. */
  readonly outputs: Readonly<Record<string, unknown>>
}

/** A macro of CloudFormation's own that adds intrinsic functions, and changes nothing else. */
const LANGUAGE_EXTENSIONS = 'AWS::LanguageExtensions'

/** Why a type that an app may well have is not supported, and what to do. */
const REASONS: ReadonlyMap<string, string> = new Map([
  [
    'AWS::CloudFormation::Stack',
    'a nested stack is not supported locally: make it a Stack of its own in the app',
  ],
])

/** One stack with what is needed to resolve it. */
interface Resolvable {
  readonly stack: Stack
  readonly scope: TemplateScope
  readonly leftOut: ReadonlySet<string>
}

/**
 * Replaces all intrinsic functions of all stacks by what they stand for in the local account, and
 * leaves out what has a condition that does not hold, what is inert and what the developer ignores.
 *
 * @param problems takes each resource type, intrinsic function and section that is not known here
 */
export function resolveTemplate(
  { stacks }: Assembly,
  problems: Problems,
  rules = new IgnoreRules(),
): ResolvedTemplate {
  const several = stacks.length > 1
  const all: Resolvable[] = []
  const importValue = (name: string): unknown =>
    all.map(({ scope }) => scope.exported(name)).find((value) => value !== undefined)
  const stackOutput = (stackName: string, outputName: string): unknown =>
    all.find(({ scope }) => scope.stackName === stackName)?.scope.output(outputName)
  for (const stack of stacks) {
    const prefix = several ? `${stack.stackName}/` : ''
    const omitted = leftOut(stack.template, rules)
    const scope = new TemplateScope({ stack, leftOut: omitted, prefix, importValue, stackOutput })
    all.push({ stack, scope, leftOut: omitted })
  }
  const withReferences = all.flatMap((one) => resolveResources(one, problems, rules))
  const secrets = readSecrets(withReferences, problems)
  const resources = withReferences.map((resource) => withSecrets(resource, secrets, problems))
  const outputs = all.flatMap(({ stack, scope }) => {
    return resolveOutputs(scope, several ? `${stack.stackName}.` : '', problems)
  })
  const used = stacks.filter((s) => resources.some(({ stackName }) => s.stackName === stackName))
  return { account: onlyAccount(used, problems), resources, outputs: Object.fromEntries(outputs) }
}

function resolveResources(
  { stack, scope, leftOut: omitted }: Resolvable,
  problems: Problems,
  rules: IgnoreRules,
): Resource[] {
  const { Transform, Resources } = stack.template
  const macros = Array.isArray(Transform) ? Transform : [Transform]
  if (macros.some((macro) => macro !== undefined && macro !== LANGUAGE_EXTENSIONS)) {
    const reason = 'macros that change a template are not supported locally'
    problems.add({ path: scope.path('Transform'), reason })
  }
  const resources = Object.entries(Resources).filter(([logicalId]) => !omitted.has(logicalId))
  return resources.flatMap(([logicalId, { Type, Properties }]) => {
    if (problems.attempt(() => scope.exists(logicalId)) !== true) return []
    const path = scope.path(`Resources/${logicalId}`)
    if (!isKnownType(Type)) {
      const reason = REASONS.get(Type) ?? `${Type} is not supported locally`
      problems.add({ path, reason, type: Type, ignore: Type })
      return []
    }
    const stripped = rules.strip(Type, Properties)
    const own = new Problems()
    const properties = resolveIntrinsics(stripped, scope, `${path}/Properties`, own)
    const identifiers = own.attempt(() => scope.identifiersOf(logicalId))
    problems.addOf(Type, own)
    if (!identifiers) return []
    const { ref, attributes } = identifiers
    const { stackName } = stack
    const arn = attributes['Arn'] ?? ''
    return [{ stackName, logicalId, type: Type, ref, arn, path, properties }]
  })
}

function withSecrets(resource: Resource, secrets: readonly Secret[], problems: Problems): Resource {
  const { type, path, properties } = resource
  if (type === SECRET) return resource
  const own = new Problems()
  const resolved = resolveDynamicReferences(properties, secrets, `${path}/Properties`, own)
  problems.addOf(type, own)
  return { ...resource, properties: resolved }
}

function resolveOutputs(
  scope: TemplateScope,
  prefix: string,
  problems: Problems,
): [string, unknown][] {
  return (problems.attempt(() => scope.outputs()) ?? []).flatMap(([name, { Value }]) => {
    const path = scope.path(`Outputs/${name}`)
    const resolved = problems.each([Value], (value) => {
      const plain = resolveIntrinsics(value, scope, path)
      assertNoOtherReference(plain, path)
      return plain
    })
    return resolved
      .filter((value) => value !== NO_VALUE)
      .map((value): [string, unknown] => [`${prefix}${name}`, value])
  })
}

/** The account and region of all stacks that have something to run. */
function onlyAccount(stacks: readonly Stack[], problems: Problems): Account {
  const [first = { account: new Account() }] = stacks
  const { accountId, region } = first.account
  const others = stacks.filter(({ account }) => {
    return account.accountId !== accountId || account.region !== region
  })
  if (others.length > 0) {
    const places = stacks.map(({ stackName, account }) => {
      return `${stackName} (${account.accountId}, ${account.region})`
    })
    const reason = `stacks of several accounts or regions are not supported locally: ${places.join(', ')}`
    problems.add({ path: '', reason })
  }
  return first.account
}
