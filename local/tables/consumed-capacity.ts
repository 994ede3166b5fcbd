import type { Answer } from '../access/service-door.ts'
import { asJsonObject, parseJsonObject, type JsonObject } from '../json.ts'

/** What DynamoDB bills a call by. */
export interface ConsumedCapacity {
  readonly unit: 'read' | 'write'
  readonly units: number
}

/** A call as the store is asked, and its answer as the function wants it. */
export interface MeteredCall {
  /** Undefined: as it came. */
  readonly input: JsonObject | undefined
  /** What the answer says was consumed, and the answer without what the function did not ask for. */
  read(answer: Answer): { answer: Answer; consumed: ConsumedCapacity | undefined }
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
 * Asks the store what a call consumes, whether or not the function asks.
 *
 * @returns undefined for a call that consumes nothing
 */
export function metered(operation: string, input: JsonObject): MeteredCall | undefined {
  const unit = UNITS.get(operation)
  if (unit === undefined) return undefined
  const asked = input['ReturnConsumedCapacity'] ?? 'NONE'
  // Anything else than NONE the store answers by itself, also a word that it does not know.
  if (asked !== 'NONE') {
    return { input: undefined, read: (answer) => ({ ...readAnswer(answer, unit), answer }) }
  }
  return {
    input: { ...input, ReturnConsumedCapacity: 'TOTAL' },
    read: (answer) => readAnswer(answer, unit),
  }
}

/**
 * A write whose condition does not hold is billed as well, but its answer does not say how much: one
 * unit, as for an item of up to 1 KB.
 */
const FAILED_CONDITION_UNITS = 1

/** @returns the answer without what it says of capacity */
function readAnswer(
  answer: Answer,
  unit: ConsumedCapacity['unit'],
): { answer: Answer; consumed: ConsumedCapacity | undefined } {
  const output = parseJsonObject(String(answer.body ?? ''))
  if (answer.status !== 200) {
    const failed = String(output?.['__type']).endsWith('#ConditionalCheckFailedException')
    return { answer, consumed: failed ? { unit, units: FAILED_CONDITION_UNITS } : undefined }
  }
  if (!output || !('ConsumedCapacity' in output)) return { answer, consumed: undefined }
  const { ConsumedCapacity: consumed, ...others } = output
  const tables: readonly unknown[] = Array.isArray(consumed) ? consumed : [consumed]
  return {
    answer: { ...answer, body: JSON.stringify(others) },
    consumed: { unit, units: tables.reduce((sum: number, table) => sum + unitsOf(table), 0) },
  }
}

function unitsOf(table: unknown): number {
  const { CapacityUnits: units } = asJsonObject(table)
  return typeof units === 'number' ? units : 0
}
