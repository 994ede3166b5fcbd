import { describe, expect, it } from 'vitest'
import { Account } from '../../../local/template/account.ts'
import { readTable, type TableDefinition } from '../../../local/template/dynamodb.ts'
import { Problems } from '../../../local/template/problems.ts'
import { resolveTemplate } from '../../../local/template/resolve-template.ts'
import { assemblyOf } from '../../support/assembly.ts'

const KEY = [{ AttributeName: 'id', KeyType: 'HASH' }]
const BASE = { AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }], KeySchema: KEY }
const THROUGHPUT = { ReadCapacityUnits: 5, WriteCapacityUnits: 1 }
const INDEX = { IndexName: 'byRoom', KeySchema: KEY, Projection: { ProjectionType: 'ALL' } }

describe('a table', () => {
  it.each([{ BillingMode: 'PROVISIONED' }, {}])('has the capacity that it is given: %j', (mode) => {
    const properties = { ...mode, ProvisionedThroughput: { ...THROUGHPUT, ReadCapacityUnits: '5' } }
    expect(read(properties).provisionedThroughput).toEqual(THROUGHPUT)
  })

  it('has no capacity when it is paid by request', () => {
    const table = read({ BillingMode: 'PAY_PER_REQUEST', ProvisionedThroughput: THROUGHPUT })
    expect(table.provisionedThroughput).toBeUndefined()
  })

  it('is no table with neither', () => {
    expect(() => read({})).toThrowError('Table/Properties/ProvisionedThroughput')
  })

  it('has indexes, each with its own capacity', () => {
    const table = read({
      ProvisionedThroughput: THROUGHPUT,
      GlobalSecondaryIndexes: [
        { ...INDEX, ProvisionedThroughput: THROUGHPUT, ContributorInsightsSpecification: {} },
      ],
      LocalSecondaryIndexes: [INDEX],
    })
    expect(table.globalSecondaryIndexes).toEqual([{ ...INDEX, ProvisionedThroughput: THROUGHPUT }])
    expect(table.localSecondaryIndexes).toEqual([INDEX])
  })

  it.each([
    [{ AttributeName: 'expiresAt', Enabled: true }, 'expiresAt'],
    [{ AttributeName: 'expiresAt', Enabled: 'true' }, 'expiresAt'],
    [{ AttributeName: 'expiresAt', Enabled: false }, undefined],
    [undefined, undefined],
  ])('whose items expire by %j: %s', (TimeToLiveSpecification, attribute) => {
    const mode = { BillingMode: 'PAY_PER_REQUEST', TimeToLiveSpecification }
    expect(read(mode).ttlAttribute).toBe(attribute)
    const Replicas = [{ Region: 'us-east-1' }]
    expect(read({ ...mode, Replicas }, 'GlobalTable').ttlAttribute).toBe(attribute)
  })

  it('may have what is about its cost, its safety and its stream', () => {
    const properties = {
      ProvisionedThroughput: THROUGHPUT,
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TableClass: 'STANDARD',
      OnDemandThroughput: {},
      ContributorInsightsSpecification: { Enabled: true },
      Tags: [],
    }
    expect(() => read(properties)).not.toThrow()
  })

  it.each(['KinesisStreamSpecification', 'ImportSourceSpecification'])('stops with %s', (name) => {
    expect(() => read({ ProvisionedThroughput: THROUGHPUT, [name]: {} })).toThrowError(
      `Resources/Table/Properties/${name}`,
    )
  })

  it('of several regions may be provisioned: its ranges are not told', () => {
    const settings = { WriteCapacityAutoScalingSettings: {} }
    const table = read(
      {
        BillingMode: 'PROVISIONED',
        WriteProvisionedThroughputSettings: settings,
        GlobalSecondaryIndexes: [{ ...INDEX, WriteProvisionedThroughputSettings: settings }],
        Replicas: [{ Region: 'us-east-1', ReadProvisionedThroughputSettings: {} }],
      },
      'GlobalTable',
    )
    expect(table.provisionedThroughput).toBeUndefined()
    expect(table.globalSecondaryIndexes).toEqual([INDEX])
  })

  it('has the ARN of a stream', () => {
    const Outputs = { Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] } } }
    const assembly = assemblyOf({ Table: { Type: 'AWS::DynamoDB::Table' } }, { Outputs })
    const { outputs } = resolveTemplate(assembly, new Problems())
    expect(outputs['Stream']).toMatch(
      /^arn:aws:dynamodb:us-east-1:000000000000:table\/Chat-Table\/stream\/\d{4}-/,
    )
  })
})

function read(properties: Readonly<Record<string, unknown>>, type = 'Table'): TableDefinition {
  const resource = { Type: `AWS::DynamoDB::${type}`, Properties: { ...BASE, ...properties } }
  const { resources } = resolveTemplate(assemblyOf({ Table: resource }), new Problems())
  const [table] = resources.map((one) => readTable(one, new Account()))
  if (!table) throw new Error('no table')
  return table
}
