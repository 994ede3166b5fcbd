import type { JsonObject } from '../json.ts'
import { asJsonObject } from '../json.ts'
import type { TableDefinition, TableIndex } from '../template/dynamodb.ts'

const WRITE_UNIT_BYTES = 1_024

/** What a table's index keeps of an item. */
interface IndexEntry {
  /** Where it stands in the index. */
  readonly place: string
  readonly content: string
  readonly units: number
}

/**
 * What DynamoDB bills for an index when an item of its table has been written: by what changes in the
 * index, not by what was written ("Global secondary indexes: write capacity units").
 *
 * @param before the item, unless there was none; and `after`, unless there is none
 */
export function indexWriteUnits(
  index: TableIndex,
  table: Pick<TableDefinition, 'keySchema'>,
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): number {
  const old = before && entryOf(before, index, table)
  const now = after && entryOf(after, index, table)
  if (!old || !now) return (old ?? now)?.units ?? 0
  // It is deleted in one place, and put in another.
  if (old.place !== now.place) return old.units + now.units
  return old.content === now.content ? 0 : Math.max(old.units, now.units)
}

/** Undefined: the item lacks a key of the index, which does not have it then. */
function entryOf(
  item: JsonObject,
  { KeySchema, Projection }: TableIndex,
  { keySchema }: Pick<TableDefinition, 'keySchema'>,
): IndexEntry | undefined {
  const keys = KeySchema.map(({ AttributeName }) => AttributeName)
  if (keys.some((name) => item[name] === undefined)) return undefined
  const tableKeys = keySchema.map(({ AttributeName }) => AttributeName)
  const kept = new Set([...keys, ...tableKeys, ...(Projection.NonKeyAttributes ?? [])])
  const attributes = Object.entries(item)
    .filter(([name]) => Projection.ProjectionType === 'ALL' || kept.has(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  const bytes = attributes.reduce((sum, [name, value]) => sum + utf8(name) + bytesOf(value), 0)
  return {
    place: JSON.stringify(keys.map((name) => item[name])),
    content: JSON.stringify(attributes),
    units: Math.ceil(bytes / WRITE_UNIT_BYTES),
  }
}

/** Of a value in DynamoDB's JSON: "DynamoDB item sizes and formats". */
function bytesOf(attribute: unknown): number {
  const [entry] = Object.entries(asJsonObject(attribute))
  const [type, value] = entry ?? ['', undefined]
  switch (type) {
    case 'S':
      return utf8(String(value))
    case 'N':
      return Math.ceil(String(value).replace(/\D/g, '').length / 2) + 1
    case 'B':
      return Buffer.from(String(value), 'base64').length
    case 'SS':
    case 'NS':
    case 'BS':
      return listOf(value).reduce<number>(
        (sum, item) => sum + bytesOf({ [type.charAt(0)]: item }),
        0,
      )
    case 'L':
      return listOf(value).reduce<number>((sum, item) => sum + 1 + bytesOf(item), 3)
    case 'M': {
      const fields = Object.entries(asJsonObject(value))
      return fields.reduce((sum, [name, item]) => sum + 1 + utf8(name) + bytesOf(item), 3)
    }
    // BOOL and NULL
    default:
      return 1
  }
}

function utf8(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
