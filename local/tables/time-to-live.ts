import type { Clock } from '../clock.ts'
import { asJsonObject, type JsonObject } from '../json.ts'
import type { TableDefinition } from '../template/dynamodb.ts'
import type { TableStore } from './table-store.ts'

/**
 * How often expired items are looked for. DynamoDB lets days go by; what reads them meanwhile has
 * to know that they have expired.
 */
const SWEEP_EVERY_MS = 60 * 60_000

/** DynamoDB takes a time that is longer ago for a mistake. */
const MAX_AGE_SECONDS = 5 * 365 * 24 * 3600

/** Deletes what has expired by the local clock. */
export class TimeToLive {
  readonly #store: TableStore
  readonly #clock: Clock
  #cancel: () => void = () => {}

  constructor(store: TableStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Another DynamoDB than the embedded one does it by itself. */
  start(tables: readonly TableDefinition[]): void {
    const expiring = tables.filter(({ ttlAttribute }) => ttlAttribute !== undefined)
    if (this.#store.embedded && expiring.length > 0) this.#sweepLater(expiring)
  }

  stop(): void {
    this.#cancel()
  }

  #sweepLater(tables: readonly TableDefinition[]): void {
    this.#cancel = this.#clock.after(SWEEP_EVERY_MS, () => {
      const sweeping = Promise.all(tables.map((table) => this.#sweep(table)))
      // The store may be closed meanwhile.
      void this.#clock.hold(sweeping).catch(() => {})
      this.#sweepLater(tables)
    })
  }

  async #sweep({ tableName, keySchema, ttlAttribute = '' }: TableDefinition): Promise<void> {
    const now = Math.floor(this.#clock.now() / 1000)
    const expired = {
      TableName: tableName,
      ExpressionAttributeNames: { '#ttl': ttlAttribute },
      ExpressionAttributeValues: {
        ':now': { N: String(now) },
        ':oldest': { N: String(now - MAX_AGE_SECONDS) },
      },
    }
    const between = '#ttl <= :now AND #ttl > :oldest'
    let page: JsonObject = {}
    do {
      const { LastEvaluatedKey: ExclusiveStartKey } = page
      const from = ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }
      page = await this.#store.send('Scan', { ...expired, ...from, FilterExpression: between })
      for (const item of listOf(page['Items'])) {
        const Key = keyOf(asJsonObject(item), keySchema)
        // It may have been given more time since it was read.
        const deletion = { ...expired, Key, ConditionExpression: between }
        await this.#store.send('DeleteItem', deletion).catch(() => {})
      }
    } while (page['LastEvaluatedKey'] !== undefined)
  }
}

function keyOf(item: JsonObject, keySchema: readonly unknown[]): JsonObject {
  const names = keySchema.map((part) => String(asJsonObject(part)['AttributeName']))
  return Object.fromEntries(names.map((name) => [name, item[name]]))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
