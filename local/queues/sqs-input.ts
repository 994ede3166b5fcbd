import { asJsonObject, type JsonObject } from '../json.ts'
import { MAX_BATCH_ENTRIES } from './limits.ts'
import { SqsError } from './sqs-error.ts'

/** @throws SqsError when it is not there, or no text */
export function requiredString(input: JsonObject, name: string): string {
  const value = optionalString(input, name)
  if (value !== undefined && value !== '') return value
  throw new SqsError(
    'MissingRequiredParameterException',
    `The request must contain the parameter ${name}.`,
  )
}

/** @throws SqsError when it is no text */
export function optionalString(input: JsonObject, name: string): string | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw wrongType(name, 'a string')
}

/** @throws SqsError when it is no whole number from the least to the most */
export function optionalInteger(
  input: JsonObject,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const value = input[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer')
  if (value >= least && value <= most) return value
  throw invalidValue(String(value), name, `Must be between ${least} and ${most}, if provided.`)
}

/** @throws SqsError when it is there and no list of texts */
export function strings(input: JsonObject, name: string): readonly string[] {
  return list(input, name).map((value) => {
    if (typeof value === 'string') return value
    throw wrongType(name, 'a list of strings')
  })
}

function list(input: JsonObject, name: string): readonly unknown[] {
  const value = input[name] ?? []
  if (Array.isArray(value)) return value
  throw wrongType(name, 'a list')
}

/** What SQS takes for the name of an entry. */
const ENTRY_ID = /^[\w-]{1,80}$/

export interface BatchEntry {
  readonly id: string
  readonly input: JsonObject
}

/** @throws SqsError when the batch as a whole is wrong */
export function batchEntries(input: JsonObject): readonly BatchEntry[] {
  const entries = list(input, 'Entries').map((entry) => {
    const fields = asJsonObject(entry)
    return { id: requiredString(fields, 'Id'), input: fields }
  })
  if (entries.length === 0) {
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.')
  }
  if (entries.length > MAX_BATCH_ENTRIES) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_BATCH_ENTRIES}. You have sent ${entries.length}.`,
    )
  }
  const seen = new Set<string>()
  for (const { id } of entries) {
    if (!ENTRY_ID.test(id)) {
      throw new SqsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      )
    }
    if (seen.has(id)) throw new SqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`)
    seen.add(id)
  }
  return entries
}

/** @throws SqsError when there is what only a FIFO queue takes */
export function refuseFifo(input: JsonObject, name: string): void {
  const value = optionalString(input, name)
  if (value === undefined) return
  const reason = 'The request includes a parameter that is not valid for this queue type.'
  throw invalidValue(value, name, reason)
}

export function invalidValue(value: string, name: string, reason: string): SqsError {
  const message = `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`
  return new SqsError('InvalidParameterValueException', message)
}

function wrongType(name: string, expected: string): SqsError {
  return new SqsError('SerializationException', `${name} is not ${expected}.`)
}
