// The rows of docs/GATEWAY.md, and what the titles of tests say of them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './root.ts'

/** A row of the contract. */
export interface Row {
  /** Such as `H5`. */
  readonly id: string
  /** Whether nobody has a source for the row, or for a part of it. */
  readonly assumed: 'wholly' | 'partly' | 'no'
}

/** A test, and whether it passed; one that was skipped says nothing. */
export interface Outcome {
  readonly title: string
  readonly state: 'passed' | 'failed' | 'skipped'
}

const ROW = /^\|\s*(?<id>[HAERLCPI]\d+)\s*\|.*\|(?<certainty>[^|]*)\|\s*$/
const TITLE = /^(?<ids>[HAERLCPI]\d+(?:, [HAERLCPI]\d+)*): /

/** @param markdown tables whose first column is the id and whose last is the certainty */
export function readContract(markdown: string): Row[] {
  return markdown.split('\n').flatMap((line): Row[] => {
    const { id, certainty = '' } = ROW.exec(line)?.groups ?? {}
    if (id === undefined) return []
    if (!/\bassumed\b/.test(certainty)) return [{ id, assumed: 'no' }]
    return [{ id, assumed: certainty.trim() === 'assumed' ? 'wholly' : 'partly' }]
  })
}

/** The contract that the repository holds. */
export function theContract(): Row[] {
  return readContract(readFileSync(join(ROOT, 'docs', 'GATEWAY.md'), 'utf8'))
}

/** The rows that a test proves, by its title: `L6, H12: …`. */
export function rowsIn(title: string): string[] {
  return TITLE.exec(title)?.groups?.['ids']?.split(', ') ?? []
}

/** The rows that no test has proven: none that passed, or one that failed. */
export function unprovenRows(rows: readonly Row[], outcomes: readonly Outcome[]): string[] {
  const idsWith = (wanted: Outcome['state']): Set<string> => {
    const titles = outcomes.filter(({ state }) => state === wanted).map(({ title }) => title)
    return new Set(titles.flatMap(rowsIn))
  }
  const passed = idsWith('passed')
  const failed = idsWith('failed')
  return rows.map(({ id }) => id).filter((id) => !passed.has(id) || failed.has(id))
}

/** The one line that a run ends with. */
export function summaryOf(rows: readonly Row[], outcomes: readonly Outcome[]): string {
  const unproven = unprovenRows(rows, outcomes)
  const proven = rows.length - unproven.length
  const left = unproven.length > 0 ? `; not proven: ${unproven.join(', ')}` : ''
  return `Gateway contract: ${proven} of ${rows.length} rows proven${left}`
}
