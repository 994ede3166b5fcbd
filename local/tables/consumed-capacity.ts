import type { Answer } from '../access/service-door.ts'
import { asJsonObject, parseJsonObject, type JsonObject } from '../json.ts'
import type { IndexUnits } from './index-meter.ts'

/** What DynamoDB bills a call by. */
export interface ConsumedCapacity {
  readonly unit: 'read' | 'write'
  readonly units: number
}

/** A call as the store is asked, and its answer as the function wants it. */
export interface MeteredCall {
  /** Undefined: as it came. */
  readonly input: JsonObject | undefined
  /**
   * What the answer says was consumed, and the answer without what the function did not ask for.
   *
   * @param ofIndexes what the answer does not say
   */
  read(
    answer: Answer,
    ofIndexes: readonly IndexUnits[],
  ): { answer: Answer; consumed: ConsumedCapacity | undefined }
}

const UNITS: ReadonlyMap<string, ConsumedCapacity['unit']> = new Map([
  ['BatchGetItem', 'read'],
  ['GetItem', 'read'],
  ['Query', 'read'],
  ['Scan', 'read'],
  ['BatchWriteItem', 'write'],
  ['DeleteItem', 'write'],
  ['PutItem', 'write'],
  ['UpdateItem', 'write'],
])

/**
 * A write whose condition does not hold is billed as well, but its answer does not say how much: one
 * unit, as for an item of up to 1 KB.
 */
const FAILED_CONDITION_UNITS = 1

/**
 * Asks the store what a call consumes, whether or not the function asks.
 *
 * @returns undefined for a call that consumes nothing
 */
export function metered(operation: string, input: JsonObject): MeteredCall | undefined {
  const unit = UNITS.get(operation)
  if (unit === undefined) return undefined
  const asked = input['ReturnConsumedCapacity'] ?? 'NONE'
  const isAsked = asked !== 'NONE'
  return {
    // Anything else than NONE the store answers by itself, also a word that it does not know.
    input: isAsked ? undefined : { ...input, ReturnConsumedCapacity: 'TOTAL' },
    read: (answer, ofIndexes) => {
      const output = parseJsonObject(String(answer.body ?? ''))
      if (answer.status !== 200) {
        const failed = String(output?.['__type']).endsWith('#ConditionalCheckFailedException')
        return { answer, consumed: failed ? { unit, units: FAILED_CONDITION_UNITS } : undefined }
      }
      if (!output || !('ConsumedCapacity' in output)) return { answer, consumed: undefined }
      const { ConsumedCapacity: told, ...others } = output
      const tables = (Array.isArray(told) ? told : [told]).map((table: unknown) => {
        const capacity = asJsonObject(table)
        return unit === 'read'
          ? atLeastOne(capacity, input)
          : withIndexes(capacity, ofIndexes, asked)
      })
      const capacity = Array.isArray(told) ? tables : tables[0]
      const body = JSON.stringify(isAsked ? { ...others, ConsumedCapacity: capacity } : others)
      const units = tables.reduce((sum, table) => sum + unitsOf(table), 0)
      return { answer: { ...answer, body }, consumed: { unit, units } }
    },
  }
}

/** A read that finds nothing is billed as one of up to 4 KB; the store takes it for free. */
function atLeastOne(capacity: JsonObject, { ConsistentRead, IndexName }: JsonObject): JsonObject {
  if (unitsOf(capacity) > 0) return capacity
  const least = { CapacityUnits: ConsistentRead === true ? 1 : 0.5 }
  const part = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes', 'Table'].find(
    (name) => name in capacity,
  )
  if (part === undefined) return { ...capacity, ...least }
  return {
    ...capacity,
    ...least,
    [part]: part === 'Table' ? least : { [String(IndexName)]: least },
  }
}

function withIndexes(
  capacity: JsonObject,
  ofIndexes: readonly IndexUnits[],
  asked: unknown,
): JsonObject {
  const own = ofIndexes.filter(({ tableName }) => tableName === capacity['TableName'])
  const CapacityUnits = own.reduce((sum, { units }) => sum + units, unitsOf(capacity))
  const total = { ...capacity, CapacityUnits }
  return asked === 'INDEXES' ? { ...total, ...byIndex(own) } : total
}

function byIndex(ofIndexes: readonly IndexUnits[]): JsonObject {
  const kinds: Record<string, Record<string, { CapacityUnits: number }>> = {}
  for (const { kind, indexName, units } of ofIndexes) {
    const indexes = (kinds[kind] ??= {})
    const before = indexes[indexName]?.CapacityUnits ?? 0
    indexes[indexName] = { CapacityUnits: before + units }
  }
  return kinds
}

function unitsOf(capacity: unknown): number {
  const { CapacityUnits: units } = asJsonObject(capacity)
  return typeof units === 'number' ? units : 0
}
