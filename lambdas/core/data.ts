import { MAX_DATA_LEVELS } from '../../protocol/messages.ts'

/** What is wrong with a value that a message carries, and where in it. */
export interface Fault {
  /** Below the value itself, such as `.list[3]`; empty: the value. */
  readonly path: string
  /** What was expected there. */
  readonly expected: string
}

/**
 * Looks for what would not arrive as it was sent, or would trouble whoever reads it: JSON.parse takes
 * all of this.
 *
 * - Numbers beyond what a double holds become `null` on the way back to JSON.
 * - Half of a surrogate pair is no Unicode: many a language's JSON parser refuses the whole message.
 * - A key `__proto__` changes the prototype of what a careless program copies it into.
 * - Deep levels take the stack of JSON.stringify, and of many a parser.
 */
export function findFault(value: unknown, levels = MAX_DATA_LEVELS): Fault | undefined {
  if (typeof value === 'string') return value.isWellFormed() ? undefined : fault(WELL_FORMED)
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : fault(FINITE)
  if (typeof value !== 'object' || value === null) return undefined
  if (levels === 0) return fault(`at most ${MAX_DATA_LEVELS} levels of arrays and objects`)
  if (Array.isArray(value)) return findInList(value, levels - 1)
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return fault('no key __proto__')
    if (!key.isWellFormed()) return fault(`keys of ${WELL_FORMED}`)
    const found = findFault(item, levels - 1)
    if (found) return { ...found, path: `.${key}${found.path}` }
  }
  return undefined
}

function findInList(list: readonly unknown[], levels: number): Fault | undefined {
  for (const [index, item] of list.entries()) {
    const found = findFault(item, levels)
    if (found) return { ...found, path: `[${index}]${found.path}` }
  }
  return undefined
}

const WELL_FORMED = 'whole Unicode characters, without half a surrogate pair'
const FINITE = 'a number up to 1.8e308'

function fault(expected: string): Fault {
  return { path: '', expected }
}
