import { describe, expect, it } from 'vitest'
import { Account } from '../../../local/template/account.ts'
import { readApp } from '../../../local/template/read-app.ts'
import { assemblyOfStacks, CHAT, chatWith, stackOf } from '../../support/assembly.ts'

const TABLE = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  },
}
const EXPORTS = {
  Outputs: {
    Name: { Value: { Ref: 'Table' }, Export: { Name: { 'Fn::Sub': '${AWS::StackName}:Name' } } },
    Plain: { Value: 'not exported' },
  },
}
const DATA = stackOf('Data', { Table: TABLE }, EXPORTS)
const USER = chatWith('Handler', {
  Environment: { Variables: { TABLE: { 'Fn::ImportValue': 'Data:Name' } } },
})

describe('several stacks', () => {
  it('are one app, in which one uses what another exports', () => {
    const app = readApp(assemblyOfStacks(stackOf('Chat', USER), DATA))
    expect(app).toMatchObject({
      stackName: 'Chat',
      stackNames: ['Chat', 'Data'],
      functions: [{ functionName: 'Chat-Handler', environment: { TABLE: 'Data-Table' } }],
      tables: [{ tableName: 'Data-Table' }],
      outputs: { 'Data.Name': 'Data-Table', 'Data.Plain': 'not exported' },
    })
  })

  it('read outputs of each other by their names, without an export', () => {
    const get = { StackName: 'Data', OutputName: 'Plain', Region: { Ref: 'AWS::Region' } }
    const chatReading = (fields: object) =>
      chatWith('Handler', {
        Environment: { Variables: { TABLE: { 'Fn::GetStackOutput': { ...get, ...fields } } } },
      })
    const read = (fields: object) =>
      readApp(assemblyOfStacks(stackOf('Chat', chatReading(fields)), DATA))
    expect(read({}).functions).toMatchObject([{ environment: { TABLE: 'not exported' } }])
    const reason = 'no stack of this assembly has the output'
    expect(() => read({ OutputName: 'None' })).toThrowError(`${reason} Data.None`)
    expect(() => read({ StackName: 'None' })).toThrowError(`${reason} None.Plain`)
    const elsewhere = 'an output of another account or region is not supported locally'
    expect(() => read({ Region: 'eu-west-1' })).toThrowError(elsewhere)
    expect(() => read({ RoleArn: 'arn:aws:iam::111122223333:role/reader' })).toThrowError(elsewhere)
  })

  it('have names of their own', () => {
    const conditions = (value: string) => ({
      Parameters: { Size: { Type: 'String', Default: value } },
      Conditions: { Here: { 'Fn::Equals': [{ Ref: 'Size' }, 'big'] } },
    })
    const one = stackOf(
      'One',
      { ...CHAT, Table: { ...TABLE, Condition: 'Here' } },
      conditions('big'),
    )
    const two = stackOf('Two', { Table: { ...TABLE, Condition: 'Here' } }, conditions('small'))
    expect(readApp(assemblyOfStacks(one, two)).tables).toMatchObject([{ tableName: 'One-Table' }])
    const given = { ...two, parameters: { Size: 'big' } }
    const { tables } = readApp(assemblyOfStacks(one, given))
    expect(tables).toMatchObject([{ tableName: 'One-Table' }, { tableName: 'Two-Table' }])
  })

  it('are named in what is refused', () => {
    const pool = stackOf('Users', { Pool: { Type: 'AWS::Cognito::UserPool' } })
    const act = () => readApp(assemblyOfStacks(stackOf('Chat', USER), pool))
    expect(act).toThrowError('  Users/Resources/Pool: AWS::Cognito::UserPool is not supported')
    expect(act).toThrowError(
      '  Chat/Resources/Handler/Properties/Environment/Variables/TABLE: no stack of this assembly exports Data:Name',
    )
  })

  it('have one API and one stage in all', () => {
    const act = () => readApp(assemblyOfStacks(stackOf('One', CHAT), stackOf('Two', CHAT)))
    expect(act).toThrowError(
      'expected one AWS::ApiGatewayV2::Api in the app, found 2: One/Resources/Api, Two/Resources/Api',
    )
    expect(act).toThrowError('One/Resources/Stage, Two/Resources/Stage')
  })

  it('go to one account and region', () => {
    const data = { ...DATA, account: new Account('111122223333', 'eu-west-1') }
    expect(() => readApp(assemblyOfStacks(stackOf('Chat', CHAT), data))).toThrowError(
      'stacks of several accounts or regions are not supported locally: Chat (000000000000, us-east-1), Data (111122223333, eu-west-1)',
    )
  })

  it('may go elsewhere when they have nothing to run', () => {
    const alarms = stackOf('Alarms', { Alarm: { Type: 'AWS::CloudWatch::Alarm' } })
    const elsewhere = { ...alarms, account: new Account('111122223333', 'eu-west-1') }
    const { account } = readApp(assemblyOfStacks(elsewhere, stackOf('Chat', CHAT)))
    expect(account.region).toBe('us-east-1')
  })

  it('cannot be nested in one another', () => {
    const nested = { ...CHAT, Nested: { Type: 'AWS::CloudFormation::Stack' } }
    expect(() => readApp(assemblyOfStacks(stackOf('Chat', nested)))).toThrowError(
      'Resources/Nested: a nested stack is not supported locally: make it a Stack of its own',
    )
  })
})
