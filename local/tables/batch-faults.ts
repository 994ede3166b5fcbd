import type { Answer } from '../access/service-door.ts'
import { asJsonObject, parseJsonObject, type JsonObject } from '../json.ts'

/** A batch without the entries that are to fail. */
export interface ReducedBatch {
  /** Undefined when there is nothing left of it. */
  readonly input: JsonObject | undefined
  /** Adds the entries that failed to the store's answer. */
  complete(answer: Answer): Answer
}

/** Where a batch's answer lists what has not been done. */
const UNPROCESSED: ReadonlyMap<string, string> = new Map([
  ['BatchWriteItem', 'UnprocessedItems'],
  ['BatchGetItem', 'UnprocessedKeys'],
])

/**
 * Lets entries of a DynamoDB batch fail, as they do when a table is busy: they are not carried out,
 * and the answer gives them back.
 *
 * @param fails asked once for each entry
 * @returns undefined when it is no batch, or nothing in it fails
 */
export function takeOutFailing(
  operation: string,
  input: JsonObject,
  fails: () => boolean,
): ReducedBatch | undefined {
  const list = UNPROCESSED.get(operation)
  if (list === undefined) return undefined
  const kept: Record<string, unknown> = {}
  const failed: Record<string, unknown> = {}
  for (const [table, request] of Object.entries(asJsonObject(input['RequestItems']))) {
    const [keptPart, failedPart] = divide(request, fails)
    if (keptPart !== undefined) kept[table] = keptPart
    if (failedPart !== undefined) failed[table] = failedPart
  }
  if (Object.keys(failed).length === 0) return undefined
  return {
    input: Object.keys(kept).length > 0 ? { ...input, RequestItems: kept } : undefined,
    complete: (answer) => addUnprocessed(answer, list, failed),
  }
}

/** A table's part of a batch: a list of writes, or `{ Keys: [...] }` with how to read them. */
function divide(request: unknown, fails: () => boolean): [unknown, unknown] {
  if (Array.isArray(request)) {
    const [kept, failed] = split(request, fails)
    return [kept.length > 0 ? kept : undefined, failed.length > 0 ? failed : undefined]
  }
  const { Keys, ...how } = asJsonObject(request)
  const [kept, failed] = split(Array.isArray(Keys) ? Keys : [], fails)
  return [
    kept.length > 0 ? { ...how, Keys: kept } : undefined,
    failed.length > 0 ? { ...how, Keys: failed } : undefined,
  ]
}

function split(entries: readonly unknown[], fails: () => boolean): [unknown[], unknown[]] {
  const kept: unknown[] = []
  const failed: unknown[] = []
  for (const entry of entries) (fails() ? failed : kept).push(entry)
  return [kept, failed]
}

function addUnprocessed(answer: Answer, list: string, failed: JsonObject): Answer {
  const output = parseJsonObject(String(answer.body ?? ''))
  if (answer.status !== 200 || !output) return answer
  const unprocessed: Record<string, unknown> = { ...asJsonObject(output[list]), ...failed }
  return { ...answer, body: JSON.stringify({ ...output, [list]: unprocessed }) }
}
