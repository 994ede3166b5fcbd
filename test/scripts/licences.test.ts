import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { licencesOf } from '../../scripts/licences.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'switchboard-licences-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** @returns a file of a package that has these texts beside it */
function packageWith(name: string, texts: Readonly<Record<string, string>>): string {
  const folder = join(root, ...name.split('/'))
  const file = join(folder, 'dist', 'index.js')
  mkdirSync(dirname(file), { recursive: true })
  for (const [path, text] of Object.entries(texts)) writeFileSync(join(folder, path), text)
  return file
}

it('has each text once, under the packages that it is for', () => {
  const files = [
    packageWith('node_modules/a', { LICENSE: 'ours\n' }),
    packageWith('node_modules/@x/b', { 'LICENCE.md': 'ours', 'NOTICE.txt': 'thanks' }),
    packageWith('node_modules/a/node_modules/c', { 'license.txt': 'theirs' }),
    join(root, 'lambdas', 'connect.ts'),
  ]
  const licences = licencesOf([...files, ...files])
  expect(licences.match(/^.*\n\n(?:ours|theirs|thanks)$/gm)).toEqual([
    '@x/b, a\n\nours',
    '@x/b\n\nthanks',
    'c\n\ntheirs',
  ])
})

it('lets nobody bundle a package that comes without its licence', () => {
  const file = packageWith('node_modules/@x/secretive', { 'README.md': 'hi' })
  expect(() => licencesOf([file])).toThrow('@x/secretive: expected a file with its licence')
})
