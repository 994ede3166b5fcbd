import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/root.ts'

const ENGLISH = 'README.md'
const CHINESE = 'README.zh-CN.md'

/** A longer one is a manual, and those are in docs/. */
const MAX_LINES = 200

/** What a section says in any language. It ends with the next heading. */
interface Section {
  readonly heading: string
  /** Each block's language and text, without the comments: these are translated. */
  readonly blocks: string[]
  /** In the order of the text. */
  readonly commands: string[]
  /** A row for each of a table's, the dashes below its head too: what each cell has of the below. */
  readonly rows: string[]
  /** Sorted, as sentences have another order in another language. */
  readonly links: string[]
  readonly code: string[]
  /** Those in digits. */
  readonly numbers: string[]
}

const CODE_BLOCK = /^```[^]*?^```$/gm
const COMMENT = /\s*(?:#|\/\/) .*$/gm
const INLINE_CODE = /`[^`]+`/g
const LINK = /\]\((?<target>[^)]+)\)|(?:href|src|srcset)="(?<attribute>[^"]+)"/g
const NUMBER = /(?<![A-Za-z])\d+(?:[.,]\d+)*/g

const english = sectionsOf(ENGLISH)
const chinese = sectionsOf(CHINESE)

it.each([ENGLISH, CHINESE])(`%s has fewer than ${MAX_LINES} lines`, (name) => {
  expect(read(name).trimEnd().split('\n').length).toBeLessThan(MAX_LINES)
})

it('the READMEs have the same levels of headings, in the same order', () => {
  const levels = (sections: readonly Section[]) =>
    sections.map(({ heading }) => heading.replace(/ .*/, ''))
  expect(english.length).toBeGreaterThan(6)
  expect(levels(chinese)).toEqual(levels(english))
})

describe.each(english.map((section, index) => [section.heading, index] as const))(
  'in both READMEs, “%s” has the same',
  (_, index) => {
    it.each(['blocks', 'commands', 'rows', 'links', 'code', 'numbers'] as const)('%s', (what) => {
      // Shown first when it fails: where to write what is missing.
      const where = `${CHINESE}, “${chinese[index]?.heading}”`
      expect(chinese[index]?.[what], where).toEqual(english[index]?.[what])
    })
  },
)

it('each README begins with a link to the other', () => {
  expect(read(ENGLISH).slice(0, 300)).toContain(`](${CHINESE})`)
  expect(read(CHINESE).slice(0, 300)).toContain(`](${ENGLISH})`)
})

function read(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}

function sectionsOf(name: string): Section[] {
  return read(name)
    .split(/^(?=#+ )/m)
    .map(sectionOf)
}

function sectionOf(text: string): Section {
  const prose = text.replace(CODE_BLOCK, '')
  const lines = prose.split('\n').slice(1)
  const tables = lines.filter((line) => line.startsWith('|'))
  const rest = lines.filter((line) => !line.startsWith('|')).join('\n')
  return {
    heading: text.split('\n', 1).join(),
    blocks: [...text.matchAll(CODE_BLOCK)].map(([block]) => block.replace(COMMENT, '')),
    commands: inlineCode(prose).filter((code) => /^`np[mx] /.test(code)),
    rows: tables.map(rowOf),
    links: linksIn(rest).toSorted(),
    code: inlineCode(rest).toSorted(),
    numbers: numbersIn(rest).toSorted(),
  }
}

function rowOf(line: string): string {
  const cells = line.split('|').slice(1, -1)
  return cells
    .map((cell) => [...inlineCode(cell), ...linksIn(cell), ...numbersIn(cell)].toSorted().join(' '))
    .join(' | ')
}

function inlineCode(text: string): string[] {
  return [...text.matchAll(INLINE_CODE)].map(([code]) => code)
}

/** But for those from one README to the other. */
function linksIn(text: string): string[] {
  return [...text.matchAll(LINK)]
    .map(({ groups }) => groups?.['target'] ?? groups?.['attribute'] ?? '')
    .filter((target) => target !== ENGLISH && target !== CHINESE)
}

function numbersIn(text: string): string[] {
  const plain = text.replace(INLINE_CODE, '').replace(LINK, '')
  return [...plain.matchAll(NUMBER)].map(([number]) => number)
}
