import { asJsonObject, type JsonObject } from '../json.ts'
import type { TableDefinition } from '../template/dynamodb.ts'
import { indexWriteUnits } from './index-capacity.ts'
import type { TableStore } from './table-store.ts'

/** What a write consumes of one index. */
export interface IndexUnits {
  readonly tableName: string
  /** As DynamoDB's answers have it. */
  readonly kind: 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'
  readonly indexName: string
  readonly units: number
}

/** An item that a call writes. */
interface Target {
  readonly table: TableDefinition
  readonly key: JsonObject
}

/**
 * The embedded store does not say what a write consumes of indexes: it is found out by a look at the
 * items, before the write and after it. Of two writes to one item at the same time, one may be counted
 * with what the other has done.
 */
export class IndexMeter {
  readonly #store: TableStore
  /** Those with indexes, by name. */
  readonly #tables: ReadonlyMap<string, TableDefinition>

  constructor(store: TableStore, tables: readonly TableDefinition[]) {
    this.#store = store
    const indexed = tables.filter((table) => indexesOf(table).length > 0)
    this.#tables = new Map(indexed.map((table) => [table.tableName, table]))
  }

  /**
   * Looks at the items that a call is about to write.
   *
   * @returns what says, after the call, what it has consumed; undefined when no index is concerned
   */
  async watch(
    operation: string,
    input: JsonObject,
  ): Promise<(() => Promise<IndexUnits[]>) | undefined> {
    // Another DynamoDB says it itself.
    const targets = this.#store.embedded ? this.#targetsOf(operation, input) : []
    if (targets.length === 0) return undefined
    const before = await this.#itemsAt(targets)
    return async () => {
      const after = await this.#itemsAt(targets)
      return targets.flatMap(({ table }, at) => unitsOf(table, before[at], after[at]))
    }
  }

  #targetsOf(operation: string, input: JsonObject): Target[] {
    const { TableName, Item, Key, RequestItems } = input
    switch (operation) {
      case 'PutItem':
        return this.#target(TableName, Item)
      case 'DeleteItem':
      case 'UpdateItem':
        return this.#target(TableName, Key)
      case 'BatchWriteItem':
        return Object.entries(asJsonObject(RequestItems)).flatMap(([name, requests]) =>
          (Array.isArray(requests) ? requests : []).flatMap((request) => {
            const { PutRequest, DeleteRequest } = asJsonObject(request)
            const key = asJsonObject(PutRequest)['Item'] ?? asJsonObject(DeleteRequest)['Key']
            return this.#target(name, key)
          }),
        )
      default:
        return []
    }
  }

  /** @param item or its key alone */
  #target(tableName: unknown, item: unknown): Target[] {
    const table = typeof tableName === 'string' ? this.#tables.get(tableName) : undefined
    if (!table) return []
    const given = asJsonObject(item)
    const key = table.keySchema.map(({ AttributeName: name }) => [name, given[name]] as const)
    return [{ table, key: Object.fromEntries(key) }]
  }

  #itemsAt(targets: readonly Target[]): Promise<(JsonObject | undefined)[]> {
    const looks = targets.map(async ({ table: { tableName: TableName }, key: Key }) => {
      // What is no key of this table, the call itself will be refused for.
      const found = await this.#store
        .send('GetItem', { TableName, Key, ConsistentRead: true })
        .catch(() => undefined)
      return found?.['Item'] === undefined ? undefined : asJsonObject(found['Item'])
    })
    return Promise.all(looks)
  }
}

function indexesOf(table: TableDefinition) {
  const { globalSecondaryIndexes, localSecondaryIndexes = [] } = table
  return [
    ...globalSecondaryIndexes.map((index) => ({ kind: 'GlobalSecondaryIndexes', index }) as const),
    ...localSecondaryIndexes.map((index) => ({ kind: 'LocalSecondaryIndexes', index }) as const),
  ]
}

function unitsOf(
  table: TableDefinition,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): IndexUnits[] {
  return indexesOf(table)
    .map(({ kind, index }) => ({
      tableName: table.tableName,
      kind,
      indexName: index.IndexName,
      units: indexWriteUnits(index, table, before, after),
    }))
    .filter(({ units }) => units > 0)
}
