import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../../local/errors.ts'
import { resolveIntrinsics, type Scope } from '../../../local/template/intrinsics.ts'

const PATH = 'Resources/Thing/Properties'

const refs = new Map<string, unknown>([
  ['Table', 'Chat-Table'],
  ['AWS::Region', 'us-east-1'],
  ['Zones', ['a', 'b']],
  ['Word', 'Table'],
])
const attributes = new Map([
  ['Table.Arn', 'arn:aws:dynamodb:us-east-1:000000000000:table/Chat-Table'],
  ['Nested.Outputs.Url', 'https://nested'],
])
const conditions = new Map([
  ['Yes', true],
  ['No', false],
])
const exported = new Map([['Data:Table', 'Data-Table']])
const outputs = new Map([['Data.Name', 'Data-Table']])
const scope: Scope = {
  ref: (name) => refs.get(name),
  getAtt: (logicalId, attribute) => attributes.get(`${logicalId}.${attribute}`),
  condition: (name) => conditions.get(name),
  importValue: (name) => exported.get(name),
  stackOutput: (stackName, outputName) => outputs.get(`${stackName}.${outputName}`),
  findInMap: (map, first, second) =>
    `${map}.${first}.${second}` === 'Sizes.us-east-1.small' ? 128 : undefined,
}

describe('an intrinsic function', () => {
  it.each([
    ['Ref', { Ref: 'Table' }, 'Chat-Table'],
    ['Ref to a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['Ref to a list', { Ref: 'Zones' }, ['a', 'b']],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Table', 'Arn'] }, attributes.get('Table.Arn')],
    ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Table.Arn' }, attributes.get('Table.Arn')],
    ['Fn::GetAtt with dots', { 'Fn::GetAtt': 'Nested.Outputs.Url' }, 'https://nested'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Table' }, 7, true]] }, 'a-Chat-Table-7-true'],
    ['Fn::Join of nothing', { 'Fn::Join': [',', []] }, ''],
    ['Fn::Join of a Ref', { 'Fn::Join': [',', { Ref: 'Zones' }] }, 'a,b'],
    ['Fn::Join without a value', { 'Fn::Join': [',', ['a', { Ref: 'AWS::NoValue' }, 'b']] }, 'a,b'],
    ['Fn::Sub', { 'Fn::Sub': '${Table}/${AWS::Region}' }, 'Chat-Table/us-east-1'],
    [
      'Fn::Sub of an attribute',
      { 'Fn::Sub': '<${Table.Arn}>' },
      `<${attributes.get('Table.Arn')}>`,
    ],
    [
      'Fn::Sub with a variable',
      { 'Fn::Sub': ['${x}-${Table}', { x: { Ref: 'Table' } }] },
      'Chat-Table-Chat-Table',
    ],
    [
      'Fn::Sub with text to keep',
      { 'Fn::Sub': '${!Table} $Table ${Table}' },
      '${Table} $Table Chat-Table',
    ],
    ['Fn::Select', { 'Fn::Select': [1, ['a', 'b']] }, 'b'],
    ['Fn::Select by text', { 'Fn::Select': ['0', { Ref: 'Zones' }] }, 'a'],
    ['Fn::Split', { 'Fn::Split': ['-', { Ref: 'Table' }] }, ['Chat', 'Table']],
    ['Fn::Select of Fn::Split', { 'Fn::Select': [1, { 'Fn::Split': ['-', 'a-b'] }] }, 'b'],
    ['Fn::If that holds', { 'Fn::If': ['Yes', { Ref: 'Table' }, 'b'] }, 'Chat-Table'],
    [
      'Fn::If that does not',
      { 'Fn::If': ['No', 'a', { x: [{ Ref: 'Table' }] }] },
      { x: ['Chat-Table'] },
    ],
    ['Fn::Equals of equals', { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] }, true],
    ['Fn::Equals of others', { 'Fn::Equals': ['a', 'b'] }, false],
    ['Fn::Equals of a number and its text', { 'Fn::Equals': [1, '1'] }, true],
    ['Fn::Equals of a boolean and its text', { 'Fn::Equals': ['false', false] }, true],
    ['Fn::Equals of lists', { 'Fn::Equals': [{ Ref: 'Zones' }, ['a', 'b']] }, true],
    ['Fn::Equals of other lists', { 'Fn::Equals': [{ Ref: 'Zones' }, ['a']] }, false],
    ['Fn::Not', { 'Fn::Not': [{ Condition: 'Yes' }] }, false],
    ['Fn::And', { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
    ['Fn::And of all', { 'Fn::And': [{ Condition: 'Yes' }, { 'Fn::Equals': ['a', 'a'] }] }, true],
    ['Fn::Or', { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] }, true],
    ['Fn::Or of none', { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'No' }] }, false],
    ['Condition', { Condition: 'No' }, false],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': 'Data:${Word}' } }, 'Data-Table'],
    [
      'Fn::GetStackOutput',
      {
        'Fn::GetStackOutput': {
          StackName: 'Data',
          OutputName: 'Name',
          Region: { Ref: 'AWS::Region' },
        },
      },
      'Data-Table',
    ],
    ['Fn::Base64', { 'Fn::Base64': { Ref: 'Table' } }, 'Q2hhdC1UYWJsZQ=='],
    ['Fn::Length', { 'Fn::Length': { Ref: 'Zones' } }, 2],
    ['Fn::ToJsonString', { 'Fn::ToJsonString': { a: [{ Ref: 'Table' }] } }, '{"a":["Chat-Table"]}'],
    [
      'Fn::FindInMap with a default',
      { 'Fn::FindInMap': ['Sizes', 'x', 'y', { DefaultValue: 64 }] },
      64,
    ],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 128],
  ])('%s', (_, value, expected) => {
    expect(resolveIntrinsics(value, scope, PATH)).toEqual(expected)
  })

  it('is looked at only in the branch that Fn::If takes', () => {
    const value = { 'Fn::If': ['Yes', 'a', { Ref: 'Nobody' }] }
    expect(resolveIntrinsics(value, scope, PATH)).toBe('a')
  })
})

describe('AWS::NoValue', () => {
  it('takes its property away', () => {
    const value = { kept: 1, gone: { Ref: 'AWS::NoValue' } }
    expect(resolveIntrinsics(value, scope, PATH)).toStrictEqual({ kept: 1 })
  })

  it('takes its item away', () => {
    expect(resolveIntrinsics(['a', { Ref: 'AWS::NoValue' }, 'b'], scope, PATH)).toEqual(['a', 'b'])
  })

  it('takes its property away through Fn::If', () => {
    const value = { kept: 1, gone: { 'Fn::If': ['No', 'x', { Ref: 'AWS::NoValue' }] } }
    expect(resolveIntrinsics(value, scope, PATH)).toStrictEqual({ kept: 1 })
  })
})

describe('what is no intrinsic function', () => {
  it.each([
    [null],
    [0],
    [false],
    ['Ref'],
    [[]],
    [{}],
    [{ Ref: 'x', more: 1 }],
    [{ 'Fn::Join': 'x', Ref: 'y' }],
    [{ Condition: { StringEquals: { a: 'b' } } }],
    [{ Reference: 'x' }],
  ])('stays as it is: %j', (value) => {
    expect(resolveIntrinsics(value, scope, PATH)).toEqual(value)
  })
})

describe('an intrinsic function that is not known', () => {
  it.each([
    [{ a: { 'Fn::Cidr': 'x' } }, `${PATH}/a`, 'Fn::Cidr'],
    [{ a: [1, { 'Fn::GetAZs': '' }] }, `${PATH}/a/1`, 'Fn::GetAZs'],
    [{ 'Fn::ImportValue': 'x' }, PATH, 'no stack of this assembly exports x'],
    [{ 'Fn::Transform': {} }, PATH, 'Fn::Transform'],
    [{ a: { Ref: 'Nobody' } }, `${PATH}/a`, 'Ref to Nobody'],
    [{ a: { Ref: 'constructor' } }, `${PATH}/a`, 'Ref to constructor'],
    [{ a: { Ref: ['Table'] } }, `${PATH}/a`, '["Table"]'],
    [{ a: { 'Fn::GetAtt': ['Table', 'StreamArn'] } }, `${PATH}/a`, 'Fn::GetAtt of Table.StreamArn'],
    [{ a: { 'Fn::GetAtt': 'Table' } }, `${PATH}/a`, 'Fn::GetAtt of Table.'],
    [{ a: { 'Fn::Sub': '${Nobody}' } }, `${PATH}/a`, 'Ref to Nobody'],
    [{ a: { 'Fn::Sub': '${toString}' } }, `${PATH}/a`, 'Ref to toString'],
    [{ a: { 'Fn::Sub': '${Table.Nothing}' } }, `${PATH}/a`, 'Fn::GetAtt of Table.Nothing'],
    [{ a: { 'Fn::Sub': '${Zones}' } }, `${PATH}/a`, 'expected a string, received ["a","b"]'],
    [{ a: { 'Fn::Join': [',', 'x'] } }, `${PATH}/a`, 'Fn::Join of something other than a list'],
    [{ a: { 'Fn::Join': [',', [{ x: 1 }]] } }, `${PATH}/a`, 'expected a string, received {"x":1}'],
    [{ a: { 'Fn::Join': 'x' } }, `${PATH}/a`, 'argument is not a list'],
    [{ a: { 'Fn::Select': [2, ['a', 'b']] } }, `${PATH}/a`, 'Fn::Select has no item 2'],
    [{ a: { 'Fn::If': ['Maybe', 1, 2] } }, `${PATH}/a`, 'there is no condition Maybe'],
    [{ a: { Condition: 'Maybe' } }, `${PATH}/a`, 'there is no condition Maybe'],
    [{ a: { 'Fn::FindInMap': ['Sizes', 'x', 'y'] } }, `${PATH}/a`, 'finds nothing at Sizes.x.y'],
  ])('stops, and is named with its place: %j', (value, path, name) => {
    const error = thrownBy(() => resolveIntrinsics(value, scope, PATH))
    expect(error).toBeInstanceOf(UnsupportedError)
    expect(error).toMatchObject({ path, message: expect.stringContaining(`${path}: `) })
    expect(error).toMatchObject({ message: expect.stringContaining(name) })
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
