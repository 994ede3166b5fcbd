import * as v from 'valibot'
import type { Statement } from '../access/policy.ts'
import { UnsupportedError } from '../errors.ts'
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

/** Reads all roles, each with the statements of the policies attached to it. */
export function readRoles(resources: readonly Resource[]): Map<string, RoleDefinition> {
  const policies = resources
    .filter(({ type }) => type === 'AWS::IAM::Policy')
    .map((resource) => readProperties(resource, policySchema))
  const roles = new Map<string, RoleDefinition>()
  for (const resource of resources) {
    if (resource.type !== 'AWS::IAM::Role') continue
    const role = readProperties(resource, roleSchema)
    const attached = policies.filter(({ Roles }) => Roles.includes(resource.ref))
    roles.set(resource.arn, {
      roleName: resource.ref,
      roleArn: resource.arn,
      trustedServices: role.AssumeRolePolicyDocument.Statement.flatMap((s) => s.Principal.Service),
      statements: [
        ...role.ManagedPolicyArns.map((arn) => managedPolicy(arn, resource)),
        ...[...role.Policies, ...attached].flatMap(({ PolicyDocument }) =>
          PolicyDocument.Statement.map(toStatement),
        ),
      ],
    })
  }
  return roles
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
