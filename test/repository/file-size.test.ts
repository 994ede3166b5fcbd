import { expect, it } from 'vitest'
import { CODE_FOLDERS, sourceFiles } from './source-files.ts'

/** A longer file misses a noun. */
const MAX_LINES = 400

it(`no source file is longer than ${MAX_LINES} lines`, () => {
  const files = sourceFiles(...CODE_FOLDERS, 'test')
  const tooLong = files
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
  expect(tooLong).toEqual([])
})
