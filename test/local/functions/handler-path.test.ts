import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { TestFunction } from '../../support/local-function.ts'

describe('a handler is found', () => {
  it.each([
    ['index.handler', { 'index.js': 'exports.handler = () => "here"' }],
    [
      'src/handlers/connect.handler',
      { 'src/handlers/connect.js': 'exports.handler = () => "here"' },
    ],
    ['src/index.api.connect', { 'src/index.js': 'exports.api = { connect: () => "here" }' }],
    ['src.d/index.handler', { 'src.d/index.js': 'exports.handler = () => "here"' }],
    ['index.api.connect', { 'index.mjs': 'export const api = { connect: () => "here" }' }],
    ['index.handler', { 'index.cjs': 'exports.handler = () => "here"' }],
    [
      'index.handler',
      {
        'index.js': 'exports.handler = () => "here"',
        'index.mjs': 'export const handler = () => "there"',
        'index.cjs': 'exports.handler = () => "there"',
      },
    ],
    [
      'index.handler',
      {
        'index.mjs': 'export const handler = () => "here"',
        'index.cjs': 'exports.handler = () => "there"',
      },
    ],
  ])('by Lambda’s rule: %s in %j', async (handler, files) => {
    expect(await functionOf(handler, files).answer()).toBe('here')
  })

  it.each([
    ['src/connect.handler', "Cannot find module 'src/connect'"],
    ['index.other', 'index.other is undefined or not exported'],
    ['index.api.other', 'index.api.other is undefined or not exported'],
    ['index.none.other', 'index.none.other is undefined or not exported'],
  ])('nowhere: %s', async (handler, errorMessage) => {
    const files = { 'index.js': 'exports.handler = () => 1; exports.api = {}' }
    expect(await functionOf(handler, files).invoke()).toMatchObject({ ok: false, errorMessage })
  })
})

describe('a module that Lambda’s runtime has and this machine has not', () => {
  it.each([
    ['is required', { 'index.js': 'require("@aws-sdk/client-s3")' }],
    ['is imported', { 'index.mjs': 'import "@aws-sdk/client-s3"' }],
    ['is required later', { 'index.js': 'exports.handler = () => require("@aws-sdk/client-s3")' }],
  ])('is named in the log, with what to do: it %s', async (_, files) => {
    const fn = functionOf('index.handler', files)
    expect(await fn.invoke()).toMatchObject({ ok: false })
    expect(await fn.logged('npm install')).toContain(
      "Lambda's runtime has @aws-sdk/client-s3, this machine has not: npm install --save-dev @aws-sdk/client-s3",
    )
  })

  it('is not what Lambda has not, either', async () => {
    const fn = functionOf('index.handler', { 'index.js': 'require("left-pad")' })
    expect(await fn.invoke()).toMatchObject({ ok: false })
    await fn.logged('left-pad')
    expect(fn.lines('function').join('\n')).not.toContain('npm install')
  })
})

/** A function of these files, outside of the project. */
function functionOf(handler: string, files: Readonly<Record<string, string>>): TestFunction {
  const codeDirectory = mkdtempSync(join(tmpdir(), 'function-'))
  onTestFinished(() => rmSync(codeDirectory, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(codeDirectory, name)), { recursive: true })
    writeFileSync(join(codeDirectory, name), text)
  }
  return new TestFunction('', { definition: { codeDirectory, handler } })
}
