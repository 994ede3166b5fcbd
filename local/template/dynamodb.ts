import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import { ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface TableDefinition {
  readonly tableName: string
  readonly tableArn: string
  readonly attributeDefinitions: readonly unknown[]
  readonly keySchema: readonly unknown[]
  readonly globalSecondaryIndexes: readonly unknown[]
  /** The attribute that says, in seconds since 1970, when an item expires. */
  readonly ttlAttribute: string | undefined
}

const key = v.array(v.strictObject({ AttributeName: v.string(), KeyType: v.string() }))

const index = v.strictObject({
  IndexName: v.string(),
  KeySchema: key,
  Projection: v.strictObject({
    ProjectionType: v.string(),
    NonKeyAttributes: v.optional(v.array(v.string())),
  }),
})

const common = {
  AttributeDefinitions: v.array(
    v.strictObject({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: key,
  // Capacity is not modelled, so only the mode that has none is honest.
  BillingMode: v.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: v.optional(v.array(index), []),
  TimeToLiveSpecification: v.optional(
    v.strictObject({ AttributeName: v.optional(v.string()), Enabled: v.boolean() }),
  ),
  SSESpecification: ignored,
  TableName: ignored,
}

const tableSchema = v.strictObject({
  ...common,
  PointInTimeRecoverySpecification: ignored,
  DeletionProtectionEnabled: ignored,
  Tags: ignored,
})

const globalTableSchema = v.strictObject({
  ...common,
  Replicas: v.pipe(
    v.array(
      v.strictObject({
        Region: v.string(),
        PointInTimeRecoverySpecification: ignored,
        DeletionProtectionEnabled: ignored,
        GlobalSecondaryIndexes: ignored,
        Tags: ignored,
      }),
    ),
    v.length(1),
  ),
})

/** Reads an AWS::DynamoDB::Table or, with a replica in this region alone, a GlobalTable. */
export function readTable(resource: Resource, { region }: Account): TableDefinition {
  if (resource.type === 'AWS::DynamoDB::Table') {
    return toDefinition(resource, readProperties(resource, tableSchema))
  }
  const properties = readProperties(resource, globalTableSchema)
  if (properties.Replicas.some((replica) => replica.Region !== region)) {
    const path = `${resource.path}/Properties/Replicas`
    throw new UnsupportedError(path, `only a replica in ${region} is supported locally`)
  }
  return toDefinition(resource, properties)
}

function toDefinition(
  resource: Resource,
  properties: Pick<v.InferOutput<typeof tableSchema>, keyof typeof common>,
): TableDefinition {
  const { TimeToLiveSpecification: timeToLive } = properties
  return {
    tableName: resource.ref,
    tableArn: resource.arn,
    attributeDefinitions: properties.AttributeDefinitions,
    keySchema: properties.KeySchema,
    globalSecondaryIndexes: properties.GlobalSecondaryIndexes,
    ttlAttribute: timeToLive?.Enabled === true ? timeToLive.AttributeName : undefined,
  }
}
