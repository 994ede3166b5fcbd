import { describe, expect, it } from 'vitest'
import type { Assembly } from '../../../local/assembly.ts'
import { Problems } from '../../../local/template/problems.ts'
import {
  resolveTemplate as collect,
  type ResolvedTemplate,
} from '../../../local/template/resolve-template.ts'
import { assemblyOf } from '../../support/assembly.ts'

const TABLE = { Type: 'AWS::DynamoDB::Table' }

function resolveTemplate(assembly: Assembly): ResolvedTemplate {
  const problems = new Problems()
  const resolved = collect(assembly, problems)
  problems.throwIfAny()
  return resolved
}

describe('a template', () => {
  it('is resolved in the local account', () => {
    const { outputs } = resolveTemplate(
      assemblyOf(
        {},
        {
          Outputs: {
            Account: { Value: { Ref: 'AWS::AccountId' } },
            Region: { Value: { Ref: 'AWS::Region' } },
            Partition: { Value: { Ref: 'AWS::Partition' } },
            Suffix: { Value: { Ref: 'AWS::URLSuffix' } },
            Stack: { Value: { Ref: 'AWS::StackName' } },
          },
        },
      ),
    )
    expect(outputs).toEqual({
      Account: '000000000000',
      Region: 'us-east-1',
      Partition: 'aws',
      Suffix: 'amazonaws.com',
      Stack: 'Chat',
    })
  })

  it.each([
    [
      'AWS::DynamoDB::Table',
      'Chat-Thing',
      'arn:aws:dynamodb:us-east-1:000000000000:table/Chat-Thing',
    ],
    [
      'AWS::DynamoDB::GlobalTable',
      'Chat-Thing',
      'arn:aws:dynamodb:us-east-1:000000000000:table/Chat-Thing',
    ],
    [
      'AWS::Lambda::Function',
      'Chat-Thing',
      'arn:aws:lambda:us-east-1:000000000000:function:Chat-Thing',
    ],
    ['AWS::IAM::Role', 'Chat-Thing', 'arn:aws:iam::000000000000:role/Chat-Thing'],
    [
      'AWS::Logs::LogGroup',
      'Chat-Thing',
      'arn:aws:logs:us-east-1:000000000000:log-group:Chat-Thing:*',
    ],
  ])('names a resource without a name: %s', (Type, ref, arn) => {
    const { resources } = resolveTemplate(assemblyOf({ Thing: { Type } }))
    expect(resources).toEqual([
      {
        stackName: 'Chat',
        logicalId: 'Thing',
        type: Type,
        path: 'Resources/Thing',
        ref,
        arn,
        properties: {},
      },
    ])
  })

  it('takes the name that a resource has, also when it is made of others', () => {
    const { resources } = resolveTemplate(
      assemblyOf({
        Table: { ...TABLE, Properties: { TableName: { 'Fn::Sub': '${AWS::StackName}-people' } } },
      }),
    )
    expect(resources).toMatchObject([
      { ref: 'Chat-people', arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Chat-people' },
    ])
  })

  it('gives an API an id like API Gateway’s, which is the same in every run', () => {
    const assembly = assemblyOf(
      { Api: { Type: 'AWS::ApiGatewayV2::Api' } },
      { Outputs: { Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } } } },
    )
    const { resources, outputs } = resolveTemplate(assembly)
    const [api] = resources
    expect(api?.ref).toMatch(/^[a-z0-9]{10}$/)
    expect(outputs).toEqual({ Url: `wss://${api?.ref}.execute-api.us-east-1.amazonaws.com` })
    expect(resolveTemplate(assembly).resources).toEqual(resources)
  })

  it.each([
    { type: 'String', given: 'hello', value: 'hello' },
    { type: 'Number', given: 7, value: 7 },
    { type: 'CommaDelimitedList', given: 'a, b', value: ['a', 'b'] },
    { type: 'List<Number>', given: '80,443', value: ['80', '443'] },
  ])('gives a parameter of type $type its default', ({ type, given, value }) => {
    const { outputs } = resolveTemplate(
      assemblyOf(
        {},
        {
          Parameters: { Size: { Type: type, Default: given } },
          Outputs: { Size: { Value: { Ref: 'Size' } } },
        },
      ),
    )
    expect(outputs).toEqual({ Size: value })
  })

  it.each([
    { name: 'has no default', parameter: { Type: 'String' } },
    {
      name: 'stands for a value of SSM',
      parameter: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/a/b' },
    },
  ])('stops at a parameter that $name', ({ parameter }) => {
    const Outputs = { Size: { Value: { Ref: 'Size' } } }
    expect(() =>
      resolveTemplate(assemblyOf({}, { Parameters: { Size: parameter }, Outputs })),
    ).toThrowError('Outputs/Size: Ref to Size, which has no local value')
  })

  it('finds in its mappings', () => {
    const { outputs } = resolveTemplate(
      assemblyOf(
        {},
        {
          Mappings: { Sizes: { 'us-east-1': { small: 128 } } },
          Outputs: {
            Size: { Value: { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] } },
          },
        },
      ),
    )
    expect(outputs).toEqual({ Size: 128 })
  })

  it('leaves out a resource whose condition does not hold, known or not', () => {
    const { resources } = resolveTemplate(
      assemblyOf(
        {
          Here: { ...TABLE, Condition: 'IsHere' },
          There: { Type: 'AWS::Somewhere::Else', Condition: 'IsThere' },
        },
        {
          Conditions: {
            IsHere: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
            IsThere: { 'Fn::Not': [{ Condition: 'IsHere' }] },
          },
        },
      ),
    )
    expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Here'])
  })

  it('leaves out an output whose condition does not hold', () => {
    const never = { 'Fn::Equals': ['a', 'b'] }
    const { outputs } = resolveTemplate(
      assemblyOf(
        {},
        {
          Conditions: { Never: never },
          Outputs: { Here: { Value: 1 }, There: { Value: 2, Condition: 'Never' } },
        },
      ),
    )
    expect(outputs).toEqual({ Here: 1 })
  })

  it('stops at a reference to a resource whose condition does not hold', () => {
    const assembly = assemblyOf(
      { There: { ...TABLE, Condition: 'Never' } },
      {
        Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
        Outputs: { Name: { Value: { Ref: 'There' } } },
      },
    )
    expect(() => resolveTemplate(assembly)).toThrowError(
      'Outputs/Name: Ref to There, which has no local value',
    )
  })

  it('stops at a condition that is not there', () => {
    const assembly = assemblyOf({ Table: { ...TABLE, Condition: 'Nowhere' } })
    expect(() => resolveTemplate(assembly)).toThrowError(
      'Resources/Table: there is no condition Nowhere',
    )
  })

  it('stops at macros', () => {
    expect(() => resolveTemplate(assemblyOf({}, { Transform: 'AWS::Include' }))).toThrowError(
      expect.objectContaining({ path: 'Transform' }),
    )
  })

  it('leaves out what only describes the app', () => {
    expect(resolveTemplate(assemblyOf({ M: { Type: 'AWS::CDK::Metadata' } })).resources).toEqual([])
  })

  it.each([
    'AWS::S3::Bucket',
    'AWS::Kinesis::Stream',
    'Custom::Thing',
    'AWS::Lambda::LayerVersion',
  ])('stops at a resource type that is not known: %s', (Type) => {
    expect(() => resolveTemplate(assemblyOf({ Table: TABLE, Thing: { Type } }))).toThrowError(
      `Resources/Thing: ${Type} is not supported locally`,
    )
  })

  it('names the property of an intrinsic function that is not known', () => {
    const Properties = { Tags: [{ Key: 'a', Value: { 'Fn::Cidr': 'x' } }] }
    expect(() => resolveTemplate(assemblyOf({ Table: { ...TABLE, Properties } }))).toThrowError(
      expect.objectContaining({ path: 'Resources/Table/Properties/Tags/0/Value' }),
    )
  })
})
