import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readContract, rowsIn, summaryOf, theContract, type Outcome } from '../support/contract.ts'
import { ROOT } from '../support/root.ts'
import { sourceFiles } from './source-files.ts'

/** Rows that the gateway does not keep yet, or whose test is still to be written. It only shrinks. */
const NOT_YET: readonly string[] = []

/** A text in the code that begins with the ids of rows: the title of a test. */
const TITLE = /(?<quote>['"`])(?<title>[HAERLCPI]\d+(?:, [HAERLCPI]\d+)*: .*?)\k<quote>/g

const contract = theContract()
const assumedIds = contract.filter((row) => row.assumed !== 'no').map(({ id }) => id)
const titles = sourceFiles('test/gateway')
  .filter(({ path }) => path.endsWith('.test.ts'))
  .flatMap(({ text }) => [...text.matchAll(TITLE)].map(({ groups }) => groups?.['title'] ?? ''))
const titlesOf = (id: string) => titles.filter((title) => rowsIn(title).includes(id))
const saysAssumed = (title: string) => /\bassumed\b/.test(title)

describe('the contract', () => {
  it('has its rows in order, without a gap', () => {
    const ids = contract.map(({ id }) => id)
    const groups = [...new Set(ids.map((id) => id.charAt(0)))]
    expect(groups.join('')).toBe('HAERLCPI')
    for (const group of groups) {
      const ofGroup = ids.filter((id) => id.startsWith(group))
      expect(ofGroup).toEqual(ofGroup.map((_, index) => `${group}${index + 1}`))
    }
  })

  it('has a test for every row', () => {
    const untested = contract.map(({ id }) => id).filter((id) => titlesOf(id).length === 0)
    expect(untested).toEqual(NOT_YET)
  })

  it('has every row that a test names', () => {
    const known = new Set(contract.map(({ id }) => id))
    expect(titles.flatMap(rowsIn).filter((id) => !known.has(id))).toEqual([])
  })

  it('is named as assumed by a test of each row that is', () => {
    const silent = contract
      .filter(({ id, assumed }) => {
        const ofRow = titlesOf(id)
        if (assumed === 'wholly') return !ofRow.every(saysAssumed)
        return assumed === 'partly' && ofRow.length > 0 && !ofRow.some(saysAssumed)
      })
      .map(({ id }) => id)
    expect(silent).toEqual([])
  })

  it('is not named as assumed where it has a source', () => {
    const assumed = new Set(assumedIds)
    const wrong = titles
      .filter(saysAssumed)
      .filter((title) => !rowsIn(title).some((id) => assumed.has(id)))
    expect(wrong).toEqual([])
  })

  it('has exactly its assumed rows among those that docs/LOCAL.md tells', () => {
    const page = readFileSync(join(ROOT, 'docs', 'LOCAL.md'), 'utf8')
    const [, section = ''] = /^## What the gateway assumes$(.*?)^## /ms.exec(page) ?? []
    const named = [...section.matchAll(/^\| ([HAERLCPI]\d+) +\|/gm)].map(([, id]) => id)
    expect(named).toEqual(assumedIds)
  })
})

describe('reading', () => {
  const TABLES = [
    '| ID | Situation | Result | Certainty |',
    '|---|---|---|---|',
    '| H1 | a \\| b | assumed to be long | doc, seen |',
    '| H2  | c | d | assumed      |',
    '| R10 | e | f | doc, form assumed |',
    'H3 | g | h | doc |',
  ].join('\n')

  it('finds the rows and their certainty', () => {
    expect(readContract(TABLES)).toEqual([
      { id: 'H1', assumed: 'no' },
      { id: 'H2', assumed: 'wholly' },
      { id: 'R10', assumed: 'partly' },
    ])
  })

  it.each([
    ['H7: answers', ['H7']],
    ['L6, H12: answers', ['L6', 'H12']],
    ['answers as H7: says', []],
    ['H7 answers', []],
    ['X1: answers', []],
  ])('finds the rows in the title %j', (title, rows) => {
    expect(rowsIn(title)).toEqual(rows)
  })

  it.each<[string, Outcome['state'], string]>([
    ['H1, H2, R10: a', 'passed', 'Gateway contract: 3 of 3 rows proven'],
    ['H1: a', 'passed', 'Gateway contract: 1 of 3 rows proven; not proven: H2, R10'],
    ['H1: a', 'skipped', 'Gateway contract: 0 of 3 rows proven; not proven: H1, H2, R10'],
    ['H1: a', 'failed', 'Gateway contract: 0 of 3 rows proven; not proven: H1, H2, R10'],
  ])('counts what %j proves when it has %s', (title, state, summary) => {
    expect(summaryOf(readContract(TABLES), [{ title, state }])).toBe(summary)
  })

  it('does not count a row of which one test has passed and another has failed', () => {
    const outcomes = [
      { title: 'H1: a', state: 'passed' },
      { title: 'H1, H2: b', state: 'failed' },
      { title: 'R10: c', state: 'passed' },
    ] as const
    expect(summaryOf(readContract(TABLES), outcomes)).toBe(
      'Gateway contract: 1 of 3 rows proven; not proven: H1, H2',
    )
  })
})
