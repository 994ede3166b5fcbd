import * as v from 'valibot'
import { UnsupportedError } from '../errors.ts'
import type { Account } from './account.ts'
import { flag, ignored, readProperties, wholeNumber } from './properties.ts'
import type { Resource } from './resolve-template.ts'

export interface TableDefinition {
  readonly tableName: string
  readonly tableArn: string
  readonly attributeDefinitions: readonly unknown[]
  readonly keySchema: Key
  readonly globalSecondaryIndexes: readonly TableIndex[]
  readonly localSecondaryIndexes?: readonly TableIndex[] | undefined
  /** Undefined: the table is paid by request. It is told to who asks, and not enforced. */
  readonly provisionedThroughput?: unknown
  /** The attribute that says, in seconds since 1970, when an item expires. */
  readonly ttlAttribute: string | undefined
}

const key = v.array(v.strictObject({ AttributeName: v.string(), KeyType: v.string() }))

type Key = v.InferOutput<typeof key>

const throughput = v.strictObject({
  ReadCapacityUnits: wholeNumber,
  WriteCapacityUnits: wholeNumber,
})

const index = {
  IndexName: v.string(),
  KeySchema: key,
  Projection: v.strictObject({
    ProjectionType: v.string(),
    NonKeyAttributes: v.optional(v.array(v.string())),
  }),
}

/** As a table is made with it. */
export interface TableIndex extends v.InferOutput<v.ObjectSchema<typeof index, undefined>> {
  readonly ProvisionedThroughput?: v.InferOutput<typeof throughput> | undefined
}

// What it may cost and how fast it may be: capacity is not modelled.
const unlimited = {
  OnDemandThroughput: ignored,
  WarmThroughput: ignored,
  ContributorInsightsSpecification: ignored,
}

const common = {
  AttributeDefinitions: v.array(
    v.strictObject({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: key,
  BillingMode: v.optional(v.picklist(['PAY_PER_REQUEST', 'PROVISIONED']), 'PROVISIONED'),
  LocalSecondaryIndexes: v.optional(v.array(v.strictObject(index)), []),
  TimeToLiveSpecification: v.optional(
    v.strictObject({
      AttributeName: v.optional(v.string()),
      Enabled: flag,
    }),
  ),
  // Nothing here reads a stream: what would is refused.
  StreamSpecification: v.optional(v.strictObject({ StreamViewType: v.optional(v.string()) })),
  SSESpecification: ignored,
  TableName: ignored,
}

const tableSchema = v.strictObject({
  ...common,
  ...unlimited,
  ProvisionedThroughput: v.optional(throughput),
  GlobalSecondaryIndexes: v.optional(
    v.array(
      v.strictObject({ ...index, ...unlimited, ProvisionedThroughput: v.optional(throughput) }),
    ),
    [],
  ),
  PointInTimeRecoverySpecification: ignored,
  DeletionProtectionEnabled: ignored,
  TableClass: ignored,
  Tags: ignored,
})

const globalTableSchema = v.strictObject({
  ...common,
  GlobalSecondaryIndexes: v.optional(
    v.array(
      v.strictObject({
        ...index,
        WriteProvisionedThroughputSettings: ignored,
        WriteOnDemandThroughputSettings: ignored,
        WarmThroughput: ignored,
      }),
    ),
    [],
  ),
  WriteProvisionedThroughputSettings: ignored,
  WriteOnDemandThroughputSettings: ignored,
  WarmThroughput: ignored,
  Replicas: v.pipe(
    v.array(
      v.strictObject({
        Region: v.string(),
        PointInTimeRecoverySpecification: ignored,
        DeletionProtectionEnabled: ignored,
        ContributorInsightsSpecification: ignored,
        GlobalSecondaryIndexes: ignored,
        ReadProvisionedThroughputSettings: ignored,
        ReadOnDemandThroughputSettings: ignored,
        SSESpecification: ignored,
        TableClass: ignored,
        Tags: ignored,
      }),
    ),
    v.length(1),
  ),
})

/** Reads an AWS::DynamoDB::Table or, with a replica in this region alone, a GlobalTable. */
export function readTable(resource: Resource, { region }: Account): TableDefinition {
  if (resource.type === 'AWS::DynamoDB::Table') return readOneTable(resource)
  const properties = readProperties(resource, globalTableSchema)
  if (properties.Replicas.some((replica) => replica.Region !== region)) {
    const path = `${resource.path}/Properties/Replicas`
    throw new UnsupportedError(path, `only a replica in ${region} is supported locally`)
  }
  // Its capacity is a range, which nothing here can tell: it is paid by request.
  const indexes = properties.GlobalSecondaryIndexes.map(toIndex)
  return { ...toDefinition(resource, properties), globalSecondaryIndexes: indexes }
}

function readOneTable(resource: Resource): TableDefinition {
  const properties = readProperties(resource, tableSchema)
  const { BillingMode, ProvisionedThroughput, GlobalSecondaryIndexes } = properties
  if (BillingMode === 'PROVISIONED' && ProvisionedThroughput === undefined) {
    const path = `${resource.path}/Properties/ProvisionedThroughput`
    throw new UnsupportedError(path, 'a table that is not PAY_PER_REQUEST has one')
  }
  return {
    ...toDefinition(resource, properties),
    provisionedThroughput: BillingMode === 'PROVISIONED' ? ProvisionedThroughput : undefined,
    globalSecondaryIndexes: GlobalSecondaryIndexes.map((one) => ({
      ...toIndex(one),
      ...(one.ProvisionedThroughput && { ProvisionedThroughput: one.ProvisionedThroughput }),
    })),
  }
}

/** What a table is made with; the rest of an index is about its cost. */
function toIndex({ IndexName, KeySchema, Projection }: TableIndex): TableIndex {
  return { IndexName, KeySchema, Projection }
}

function toDefinition(
  resource: Resource,
  properties: Pick<v.InferOutput<typeof tableSchema>, keyof typeof common>,
): Omit<TableDefinition, 'globalSecondaryIndexes'> {
  const { LocalSecondaryIndexes, TimeToLiveSpecification: ttl } = properties
  return {
    tableName: resource.ref,
    tableArn: resource.arn,
    attributeDefinitions: properties.AttributeDefinitions,
    keySchema: properties.KeySchema,
    localSecondaryIndexes: LocalSecondaryIndexes.length > 0 ? LocalSecondaryIndexes : undefined,
    ttlAttribute: ttl?.Enabled === true ? ttl.AttributeName : undefined,
  }
}
