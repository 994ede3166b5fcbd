import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { theContract } from '../support/contract.ts'
import { ROOT } from '../support/root.ts'
import { sourceFiles } from './source-files.ts'

/** A scenario, and in the last column the gateway's rows that it rests on. */
const ROW = /^\| (?<id>S\d+) .*\|(?<rows>[^|]*)\|$/gm

/** A text in the code that begins with the ids of scenarios: the title of a test. */
const TITLE = /['"`](?<ids>S\d+(?:, S\d+)*): /g

const page = readFileSync(join(ROOT, 'docs', 'PROTOCOL.md'), 'utf8')
const scenarios = [...page.matchAll(ROW)].map(({ groups }) => groups?.['id'])
const proven = sourceFiles('test')
  .filter(({ path }) => path.endsWith('.test.ts'))
  .flatMap(({ text }) => [...text.matchAll(TITLE)])
  .flatMap(({ groups }) => groups?.['ids']?.split(', ') ?? [])

it('the scenarios of the protocol are in order, without a gap', () => {
  expect(scenarios.length).toBeGreaterThan(20)
  expect(scenarios).toEqual(scenarios.map((_, index) => `S${index + 1}`))
})

it('each scenario has a test, and each test that names one names one that is there', () => {
  expect(new Set(proven)).toEqual(new Set(scenarios))
})

it('the rows that scenarios rest on are rows of the gateway’s contract', () => {
  const named = [...page.matchAll(ROW)].flatMap(
    ({ groups }) => groups?.['rows']?.match(/\w+/g) ?? [],
  )
  const known = new Set(theContract().map(({ id }) => id))
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((id) => !known.has(id))).toEqual([])
})
