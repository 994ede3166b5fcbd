import * as v from 'valibot'
import type { Statement } from '../access/policy.ts'
import { UnsupportedError } from '../errors.ts'
import type { Problems } from './problems.ts'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface RoleDefinition {
  readonly roleName: string
  readonly roleArn: string
  /** The services that may assume it, such as `lambda.amazonaws.com`. */
  readonly trustedServices: readonly string[]
  /** Its inline policies and those attached to it, as one list. */
  readonly statements: readonly Statement[]
}

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
)

const statementSchema = v.strictObject({
  Sid: ignored,
  Effect: v.picklist(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
})

const documentSchema = v.strictObject({
  Version: v.literal('2012-10-17'),
  Statement: v.array(statementSchema),
})

const roleSchema = v.strictObject({
  AssumeRolePolicyDocument: v.strictObject({
    Version: v.literal('2012-10-17'),
    Statement: v.array(
      v.strictObject({
        Sid: ignored,
        Effect: v.literal('Allow'),
        Action: v.literal('sts:AssumeRole'),
        Principal: v.strictObject({ Service: oneOrMore }),
      }),
    ),
  }),
  ManagedPolicyArns: v.optional(v.array(v.string()), []),
  Policies: v.optional(
    v.array(v.strictObject({ PolicyName: ignored, PolicyDocument: documentSchema })),
    [],
  ),
  RoleName: ignored,
  Description: ignored,
  Tags: ignored,
})

const policySchema = v.strictObject({
  PolicyName: ignored,
  PolicyDocument: documentSchema,
  Roles: v.array(v.string()),
})

/** What AWS's own AWSLambdaBasicExecutionRole, which CDK gives a function by default, allows. */
const BASIC_EXECUTION: Statement = {
  effect: 'Allow',
  actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  resources: ['*'],
}

/**
 * Reads roles, each with the statements of the policies attached to it.
 *
 * @param assumed the ARNs of the roles that functions have; nobody here can assume another
 * @returns by ARN
 */
export function readRoles(
  resources: readonly Resource[],
  assumed: ReadonlySet<string>,
  problems: Problems,
): Map<string, RoleDefinition> {
  const roles = resources.filter(({ type, arn }) => type === 'AWS::IAM::Role' && assumed.has(arn))
  const names = new Set(roles.map(({ ref }) => ref))
  const policies = problems.each(
    resources.filter((resource) => {
      return (
        resource.type === 'AWS::IAM::Policy' && rolesOf(resource).some((name) => names.has(name))
      )
    }),
    (resource) => readProperties(resource, policySchema),
  )
  const definitions = problems.each(roles, (resource): [string, RoleDefinition] => {
    const attached = policies.filter(({ Roles }) => Roles.includes(resource.ref))
    return [resource.arn, readRole(resource, attached)]
  })
  return new Map(definitions)
}

function readRole(
  resource: Resource,
  attached: readonly v.InferOutput<typeof policySchema>[],
): RoleDefinition {
  const role = readProperties(resource, roleSchema)
  return {
    roleName: resource.ref,
    roleArn: resource.arn,
    trustedServices: role.AssumeRolePolicyDocument.Statement.flatMap((s) => s.Principal.Service),
    statements: [
      ...role.ManagedPolicyArns.map((arn) => managedPolicy(arn, resource)),
      ...[...role.Policies, ...attached].flatMap(({ PolicyDocument }) =>
        PolicyDocument.Statement.map(toStatement),
      ),
    ],
  }
}

/** The names of the roles that a policy is attached to. */
function rolesOf({ properties }: Resource): readonly string[] {
  const attached = v.safeParse(v.object({ Roles: v.array(v.string()) }), properties)
  return attached.success ? attached.output.Roles : []
}

function toStatement(statement: v.InferOutput<typeof statementSchema>): Statement {
  return {
    effect: statement.Effect,
    actions: statement.Action,
    resources: statement.Resource,
  }
}

function managedPolicy(arn: string, resource: Resource): Statement {
  if (arn.endsWith(':aws:policy/service-role/AWSLambdaBasicExecutionRole')) return BASIC_EXECUTION
  throw new UnsupportedError(
    `${resource.path}/Properties/ManagedPolicyArns`,
    `what ${arn} allows is not known locally`,
  )
}
