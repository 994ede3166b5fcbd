import * as v from 'valibot'
import { parseCondition, unknownVariables, type Condition } from '../access/conditions.ts'
import type { Statement } from '../access/policy.ts'
import { UnsupportedError } from '../errors.ts'
import { managedPolicy } from './managed-policies.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import { ignored, readProperties, scalarText } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface RoleDefinition {
  readonly roleName: string
  readonly roleArn: string
  /** The services that may assume it, such as `lambda.amazonaws.com`. */
  readonly trustedServices: readonly string[]
  /** Its inline policies and those attached to it, as one list. */
  readonly statements: readonly Statement[]
}

export const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
)

/** Resources, in which policy variables stand for what is known of a call. */
const resourcePatterns = v.pipe(
  oneOrMore,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const variable of dataset.value.flatMap(unknownVariables)) {
      addIssue({ message: `the policy variable ${variable} is not supported locally` })
    }
  }),
)

const conditionValues = v.pipe(
  v.union([scalarText, v.array(scalarText)]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
)

const conditionSchema = v.pipe(
  v.record(v.string(), v.record(v.string(), conditionValues)),
  v.rawTransform(({ dataset, addIssue }) => {
    const conditions: Condition[] = []
    for (const [operator, keys] of Object.entries(dataset.value)) {
      for (const [key, values] of Object.entries(keys)) {
        const condition = parseCondition(operator, key, values)
        const variables = values.flatMap(unknownVariables)
        if (condition && variables.length === 0) conditions.push(condition)
        else {
          const what = condition ? `the variable ${variables.join(', ')}` : `${operator} of ${key}`
          const path = [pathItem(dataset.value, operator), pathItem(keys, key)] as const
          addIssue({
            message: `a condition with ${what} is not supported locally`,
            path: [...path],
          })
        }
      }
    }
    return conditions
  }),
)

function pathItem(input: Record<string, unknown>, key: string): v.ObjectPathItem {
  return { type: 'object', origin: 'value', input, key, value: input[key] }
}

/** What every statement may have; that of a resource's policy has a principal besides. */
export const statementEntries = {
  Sid: ignored,
  Effect: v.picklist(['Allow', 'Deny']),
  Action: v.optional(oneOrMore),
  NotAction: v.optional(oneOrMore),
  Resource: v.optional(resourcePatterns),
  NotResource: v.optional(resourcePatterns),
  Condition: v.optional(conditionSchema),
}

const statementObject = v.strictObject(statementEntries)
type StatementInput = v.InferOutput<typeof statementObject>

export const EITHER_ACTION = 'a statement has either Action or NotAction'
export const EITHER_RESOURCE = 'a statement has either Resource or NotResource'

export function hasEitherAction({ Action, NotAction }: StatementInput): boolean {
  return (Action === undefined) !== (NotAction === undefined)
}

export function hasEitherResource({ Resource, NotResource }: StatementInput): boolean {
  return (Resource === undefined) !== (NotResource === undefined)
}

export const statementSchema = v.pipe(
  statementObject,
  v.forward(v.check(hasEitherAction, EITHER_ACTION), ['Action']),
  v.forward(v.check(hasEitherResource, EITHER_RESOURCE), ['Resource']),
)

/** A policy may have one statement without a list around it. */
export const oneOrMoreOf = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.lazy((input: unknown) =>
    Array.isArray(input)
      ? v.array(schema)
      : v.pipe(
          schema,
          v.transform((one) => [one]),
        ),
  )

const VERSION = '2012-10-17'

/** A policy document. One without a version is of the older, which has no variables. */
export const documentOf = <Schema extends v.GenericSchema>(statement: Schema) =>
  v.pipe(
    v.strictObject({
      Version: v.optional(v.picklist([VERSION, '2008-10-17'])),
      Id: ignored,
      Statement: oneOrMoreOf(statement),
    }),
    v.check(
      ({ Version, Statement }) => Version === VERSION || !JSON.stringify(Statement).includes('${'),
      `\${…} is plain text in a policy that is not of version ${VERSION}`,
    ),
  )

const documentSchema = documentOf(statementSchema)

const trustSchema = v.strictObject({
  Sid: ignored,
  Effect: v.literal('Allow'),
  Action: oneOrMore,
  // Who else may assume it: here only Lambda does.
  Principal: v.strictObject({
    Service: v.optional(oneOrMore, []),
    AWS: ignored,
    Federated: ignored,
  }),
})

const roleSchema = v.strictObject({
  AssumeRolePolicyDocument: documentOf(trustSchema),
  ManagedPolicyArns: v.optional(v.array(v.string()), []),
  Policies: v.optional(
    v.array(v.strictObject({ PolicyName: ignored, PolicyDocument: documentSchema })),
    [],
  ),
  Path: v.optional(v.literal('/')),
  RoleName: ignored,
  Description: ignored,
  // How long a person may hold the role; Lambda renews its own credentials.
  MaxSessionDuration: ignored,
  Tags: ignored,
})

const policySchema = v.strictObject({
  PolicyName: ignored,
  PolicyDocument: documentSchema,
  Roles: v.optional(v.array(v.string()), []),
  Users: ignored,
  Groups: ignored,
})

const managedPolicySchema = v.strictObject({
  ...policySchema.entries,
  ManagedPolicyName: ignored,
  Description: ignored,
  Path: v.optional(v.literal('/')),
})

/** A policy of the app's own. */
interface Policy {
  readonly arn: string
  /** The names of the roles that it says it is attached to. */
  readonly roleNames: readonly string[]
  readonly statements: readonly Statement[]
}

/**
 * Reads roles, each with the statements of the policies attached to it.
 *
 * @param assumed the ARNs of the roles that functions and API Gateway have; nobody here can assume another
 * @returns by ARN
 */
export function readRoles(
  resources: readonly Resource[],
  assumed: ReadonlySet<string>,
  problems: Problems,
): Map<string, RoleDefinition> {
  const roles = resources.filter(({ type, arn }) => type === 'AWS::IAM::Role' && assumed.has(arn))
  const names = new Set(roles.map(({ ref }) => ref))
  const arns = new Set(roles.flatMap((role) => namesIn(role, 'ManagedPolicyArns')))
  const concerned = resources.filter((resource) => {
    const { type, ref } = resource
    if (type !== 'AWS::IAM::Policy' && type !== 'AWS::IAM::ManagedPolicy') return false
    return arns.has(ref) || namesIn(resource, 'Roles').some((name) => names.has(name))
  })
  const policies = problems.each(concerned, readPolicy)
  const known = new Set(concerned.map(({ ref }) => ref))
  const definitions = problems.each(roles, (resource): [string, RoleDefinition] => {
    return [resource.arn, readRole(resource, policies, known)]
  })
  return new Map(definitions)
}

function readPolicy(resource: Resource): Policy {
  const isManaged = resource.type === 'AWS::IAM::ManagedPolicy'
  const { Roles, PolicyDocument } = isManaged
    ? readProperties(resource, managedPolicySchema)
    : readProperties(resource, policySchema)
  return {
    arn: resource.ref,
    roleNames: Roles,
    statements: PolicyDocument.Statement.map(toStatement),
  }
}

/** @param known the ARNs of the app's own managed policies, also of one that could not be read */
function readRole(
  resource: Resource,
  policies: readonly Policy[],
  known: ReadonlySet<string>,
): RoleDefinition {
  const role = readProperties(resource, roleSchema)
  const { ManagedPolicyArns, AssumeRolePolicyDocument } = role
  const attached = policies.filter(({ arn, roleNames }) => {
    return roleNames.includes(resource.ref) || ManagedPolicyArns.includes(arn)
  })
  const trusted = AssumeRolePolicyDocument.Statement.filter(({ Action }) => {
    return Action.includes('sts:AssumeRole')
  })
  return {
    roleName: resource.ref,
    roleArn: resource.arn,
    trustedServices: trusted.flatMap(({ Principal }) => Principal.Service),
    statements: [
      ...ManagedPolicyArns.filter((arn) => !known.has(arn)).flatMap((arn) =>
        awsPolicy(arn, resource),
      ),
      ...role.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement.map(toStatement)),
      ...attached.flatMap(({ statements }) => statements),
    ],
  }
}

/** The texts in a list of a resource that may be wrong in other ways. */
function namesIn({ properties }: Resource, property: string): readonly string[] {
  const names = v.safeParse(v.object({ [property]: v.array(v.string()) }), properties)
  return names.success ? (names.output[property] ?? []) : []
}

export function toStatement(statement: StatementInput): Statement {
  const { Effect, Action, NotAction, Resource, NotResource, Condition: conditions } = statement
  return {
    effect: Effect,
    actions: Action ?? ['*'],
    notActions: NotAction,
    resources: Resource ?? ['*'],
    notResources: NotResource,
    conditions,
  }
}

function awsPolicy(arn: string, resource: Resource): Statement[] {
  const statement = managedPolicy(arn)
  if (statement) return [statement]
  if (isPlaceholder(arn)) return []
  throw new UnsupportedError(
    `${resource.path}/Properties/ManagedPolicyArns`,
    `what ${arn} allows is not known locally`,
  )
}
