import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { size } from '../../bench/size.ts'
import { ROOT } from '../support/root.ts'

const rowSchema = v.object({
  bench: v.literal('size'),
  minified: v.pipe(v.number(), v.integer()),
  gzipped: v.pipe(v.number(), v.integer()),
  limit: v.literal(6144),
  files: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1))),
})

it('npm run bench -- size: the client is 6 KB of a page at most', async () => {
  const { rows, text } = await size([])
  const { minified, gzipped, limit, files } = v.parse(rowSchema, rows.at(-1))
  expect(gzipped).toBeLessThanOrEqual(limit)
  // The whole client is in it, and nothing else.
  expect(Object.keys(files)).toEqual(expect.arrayContaining(['client/create-client.ts']))
  expect(Object.keys(files).filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
  const sum = Object.values(files).reduce((total, bytes) => total + bytes, 0)
  expect(sum).toBeLessThanOrEqual(minified)
  expect(sum).toBeGreaterThan(minified * 0.95)
  expect(text).toContain(`${gzipped} bytes`)
})
