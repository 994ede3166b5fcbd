import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { readRoles, type RoleDefinition } from '../../../local/template/iam.ts'
import { IgnoreRules } from '../../../local/template/ignore-rules.ts'
import { Problems } from '../../../local/template/problems.ts'
import { resolveTemplate } from '../../../local/template/resolve-template.ts'
import { assemblyOf, CHAT, type ResourceInput } from '../../support/assembly.ts'

const GET = { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: 'arn:table' }
const POLICY_STATEMENTS = 'Resources/Policy/Properties/PolicyDocument/Statement'

describe('a role', () => {
  it('has its inline policies and those attached to it, as one list', () => {
    const roles = read({
      Role: role({ Policies: [{ PolicyName: 'inline', PolicyDocument: policyDocument(GET) }] }),
      Policy: policy({ ...GET, Effect: 'Deny', Action: ['a:B', 'a:C'], Resource: ['x', 'y'] }),
    })
    expect(roles).toEqual([
      {
        roleName: 'Chat-Role',
        roleArn: 'arn:aws:iam::000000000000:role/Chat-Role',
        trustedServices: ['lambda.amazonaws.com'],
        statements: [
          { effect: 'Allow', actions: ['dynamodb:GetItem'], resources: ['arn:table'] },
          { effect: 'Deny', actions: ['a:B', 'a:C'], resources: ['x', 'y'] },
        ],
      },
    ])
  })

  it('has no policy that is attached to another', () => {
    const roles = read({ Role: role({}), Other: role({}), Policy: policy(GET) })
    expect(roles.map(({ roleName, statements }) => [roleName, statements.length])).toEqual([
      ['Chat-Role', 1],
      ['Chat-Other', 0],
    ])
  })

  it('may take the managed policy that lets a function write its log', () => {
    const arn = {
      'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole',
    }
    expect(read({ Role: role({ ManagedPolicyArns: [arn] }) })[0]?.statements).toEqual([
      {
        effect: 'Allow',
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: ['*'],
      },
    ])
  })

  it.each([
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole',
    'arn:aws:iam::000000000000:policy/AWSLambdaBasicExecutionRole',
  ])('stops with another managed policy: %s', (arn) => {
    const error = `Resources/Role/Properties/ManagedPolicyArns: what ${arn} allows is not known locally`
    expect(() => read({ Role: role({ ManagedPolicyArns: [arn] }) })).toThrowError(error)
  })

  it('stops with a boundary', () => {
    const act = () => read({ Role: role({ PermissionsBoundary: 'arn:boundary' }) })
    expect(act).toThrowError('Resources/Role/Properties/PermissionsBoundary')
  })

  it.each<[string, Record<string, ResourceInput>]>([
    ['referred to', { Role: role({ ManagedPolicyArns: [{ Ref: 'Policy' }] }), Policy: managed() }],
    ['attached', { Role: role({}), Policy: managed({ Roles: [{ Ref: 'Role' }] }) }],
    [
      'both',
      {
        Role: role({ ManagedPolicyArns: [{ Ref: 'Policy' }] }),
        Policy: managed({ Roles: [{ Ref: 'Role' }] }),
      },
    ],
  ])('has the app’s own managed policies: %s', (_, resources) => {
    expect(read(resources)[0]?.statements).toMatchObject([{ actions: ['dynamodb:GetItem'] }])
  })

  it('has nothing of a managed policy that is ignored', () => {
    const resources = { Role: role({ ManagedPolicyArns: [{ Ref: 'Policy' }] }), Policy: managed() }
    expect(read(resources, ['AWS::IAM::ManagedPolicy'])[0]?.statements).toEqual([])
  })

  it('may be trusted to several services and accounts, of which Lambda is one', () => {
    const statement = { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'] }
    const AssumeRolePolicyDocument = policyDocument(
      {
        ...statement,
        Principal: { Service: ['edgelambda.amazonaws.com', 'lambda.amazonaws.com'] },
      },
      { ...statement, Principal: { AWS: 'arn:aws:iam::000000000000:root' } },
      { ...statement, Action: 'sts:TagSession', Principal: { Service: 'ec2.amazonaws.com' } },
    )
    expect(read({ Role: role({ AssumeRolePolicyDocument }) })[0]?.trustedServices).toEqual([
      'edgelambda.amazonaws.com',
      'lambda.amazonaws.com',
    ])
  })
})

describe('a statement', () => {
  it('may be about all but some actions and resources', () => {
    const statements = statementsOf({ Effect: 'Deny', NotAction: 'a:B', NotResource: ['x', 'y'] })
    expect(statements).toEqual([
      {
        effect: 'Deny',
        actions: ['*'],
        notActions: ['a:B'],
        resources: ['*'],
        notResources: ['x', 'y'],
      },
    ])
  })

  it('may have conditions', () => {
    const Condition = {
      'ForAnyValue:StringLikeIfExists': { 'aws:PrincipalArn': '*:role/${aws:PrincipalAccount}' },
      Bool: { 'AWS:SecureTransport': true },
    }
    expect(statementsOf({ ...GET, Condition })[0]?.conditions).toEqual([
      {
        operator: 'StringLike',
        quantifier: 'ForAnyValue',
        ifExists: true,
        key: 'aws:principalarn',
        values: ['*:role/${aws:PrincipalAccount}'],
      },
      {
        operator: 'Bool',
        quantifier: undefined,
        ifExists: false,
        key: 'aws:securetransport',
        values: ['true'],
      },
    ])
  })

  it('may stand without a list', () => {
    const PolicyDocument = { Version: '2012-10-17', Statement: GET }
    const [one] = read({ Role: role({ Policies: [{ PolicyName: 'p', PolicyDocument }] }) })
    expect(one?.statements).toMatchObject([{ actions: ['dynamodb:GetItem'] }])
  })
})

describe('a statement that would be judged wrongly', () => {
  it.each<[string, Record<string, unknown>]>([
    [
      'Condition/StringEquals/aws:SourceAccount',
      { ...GET, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } },
    ],
    [
      'Condition/ForAllValues:StringEquals/dynamodb:LeadingKeys',
      { ...GET, Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['a'] } } },
    ],
    [
      'Condition/IpAddress/aws:PrincipalArn',
      { ...GET, Condition: { IpAddress: { 'aws:PrincipalArn': '10.0.0.0/8' } } },
    ],
    [
      'Condition/StringEquals/aws:PrincipalArn',
      { ...GET, Condition: { StringEquals: { 'aws:PrincipalArn': '${aws:username}' } } },
    ],
    ['Resource', { ...GET, Resource: 'arn:${aws:userid}/*' }],
    ['Resource', { Effect: 'Allow', Action: 'a:B' }],
    ['Action', { ...GET, NotAction: 'a:B' }],
    ['Principal', { ...GET, Principal: '*' }],
    ['Effect', { ...GET, Effect: 'allow' }],
    ['Action', { Effect: 'Allow', Resource: '*' }],
  ])('stops, with the name of its %s', (name, statement) => {
    const act = () => read({ Role: role({}), Policy: policy(GET, statement) })
    expect(act).toThrowError(UnsupportedError)
    expect(act).toThrowError(expect.objectContaining({ path: `${POLICY_STATEMENTS}/1/${name}` }))
  })

  it('stops in an inline policy too', () => {
    const PolicyDocument = policyDocument({ ...GET, Principal: '*' })
    const place = 'Resources/Role/Properties/Policies/0/PolicyDocument/Statement/0/Principal'
    expect(() => read({ Role: role({ Policies: [{ PolicyDocument }] }) })).toThrowError(
      expect.objectContaining({ path: place }),
    )
  })

  it.each(['2008-10-17', undefined])(
    'stops in a policy of the version %s that has a variable, which is plain text there',
    (Version) => {
      const reading = (Resource: string) => () => {
        const PolicyDocument = { ...policyDocument({ ...GET, Resource }), Version }
        const Properties = { PolicyDocument, Roles: [{ Ref: 'Role' }] }
        return read({ Role: role({}), Policy: { Type: 'AWS::IAM::Policy', Properties } })
      }
      expect(reading('arn:aws:dynamodb:us-east-1:${aws:PrincipalAccount}:*')).toThrowError(
        expect.objectContaining({ path: 'Resources/Policy/Properties/PolicyDocument' }),
      )
      expect(reading('arn:aws:dynamodb:us-east-1:*:*')).not.toThrow()
    },
  )
})

function read(
  resources: Readonly<Record<string, ResourceInput>>,
  ignore: readonly string[] = [],
): RoleDefinition[] {
  const problems = new Problems()
  const resolved = resolveTemplate(
    assemblyOf(resources),
    problems,
    new IgnoreRules(ignore),
  ).resources
  const roles = readRoles(resolved, new Set(resolved.map(({ arn }) => arn)), problems)
  problems.throwIfAny()
  return [...roles.values()]
}

function role(properties: Readonly<Record<string, unknown>>): ResourceInput {
  return { ...CHAT.Role, Properties: { ...CHAT.Role.Properties, ...properties } }
}

function policyDocument(...statements: readonly unknown[]) {
  return { Version: '2012-10-17', Statement: statements }
}

/** A policy attached to `Role`. */
function policy(...statements: readonly unknown[]): ResourceInput {
  return {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyDocument: policyDocument(...statements), Roles: [{ Ref: 'Role' }] },
  }
}

/** A managed policy of the app's own. */
function managed(properties: Readonly<Record<string, unknown>> = {}): ResourceInput {
  const PolicyDocument = policyDocument(GET)
  const Properties = { PolicyDocument, Description: '', Path: '/', ...properties }
  return { Type: 'AWS::IAM::ManagedPolicy', Properties }
}

function statementsOf(statement: unknown): RoleDefinition['statements'] {
  const [one] = read({ Role: role({}), Policy: policy(statement) })
  return one?.statements ?? []
}
