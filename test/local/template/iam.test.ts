import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { readRoles, type RoleDefinition } from '../../../local/template/iam.ts'
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
    'arn:aws:iam::aws:policy/AdministratorAccess',
    'arn:aws:iam::000000000000:policy/AWSLambdaBasicExecutionRole',
  ])('stops with another managed policy: %s', (arn) => {
    const error = `Resources/Role/Properties/ManagedPolicyArns: what ${arn} allows is not known locally`
    expect(() => read({ Role: role({ ManagedPolicyArns: [arn] }) })).toThrowError(error)
  })

  it.each([
    ['PermissionsBoundary', { PermissionsBoundary: 'arn:boundary' }],
    ['MaxSessionDuration', { MaxSessionDuration: 3_600 }],
  ])('stops with %s', (name, properties) => {
    expect(() => read({ Role: role(properties) })).toThrowError(
      expect.objectContaining({ path: `Resources/Role/Properties/${name}` }),
    )
  })
})

describe('a statement that would be judged wrongly', () => {
  it.each<[string, Record<string, unknown>]>([
    ['Condition', { ...GET, Condition: { StringEquals: { 'aws:SourceAccount': '1' } } }],
    ['NotAction', { Effect: 'Allow', NotAction: 'dynamodb:*', Resource: '*' }],
    ['NotResource', { Effect: 'Deny', Action: 'dynamodb:*', NotResource: 'arn:table' }],
    ['Principal', { ...GET, Principal: '*' }],
    ['Effect', { ...GET, Effect: 'allow' }],
    ['Action', { Effect: 'Allow', Resource: '*' }],
  ])('stops, with the name of its %s', (name, statement) => {
    const act = () => read({ Role: role({}), Policy: policy(GET, statement) })
    expect(act).toThrowError(UnsupportedError)
    expect(act).toThrowError(expect.objectContaining({ path: `${POLICY_STATEMENTS}/1/${name}` }))
  })

  it('stops in an inline policy too', () => {
    const PolicyDocument = policyDocument({ ...GET, Condition: {} })
    const place = 'Resources/Role/Properties/Policies/0/PolicyDocument/Statement/0/Condition'
    expect(() => read({ Role: role({ Policies: [{ PolicyDocument }] }) })).toThrowError(
      expect.objectContaining({ path: place }),
    )
  })

  it('stops in a policy of another version, whose text means something else', () => {
    const PolicyDocument = { ...policyDocument(GET), Version: '2008-10-17' }
    const Policy = {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyDocument, Roles: [{ Ref: 'Role' }] },
    }
    expect(() => read({ Role: role({}), Policy })).toThrowError(
      expect.objectContaining({ path: 'Resources/Policy/Properties/PolicyDocument/Version' }),
    )
  })
})

function read(resources: Readonly<Record<string, ResourceInput>>): RoleDefinition[] {
  const problems = new Problems()
  const resolved = resolveTemplate(assemblyOf(resources), problems).resources
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
