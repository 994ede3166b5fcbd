import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, strToU8, zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AssemblyError } from '../../../local/errors.ts'
import { CodeDirectories } from '../../../local/functions/code-directories.ts'
import { ROOT } from '../../support/root.ts'

describe('a function’s code', () => {
  // Inside the project, as a cloud assembly is.
  let asset: string
  let code: CodeDirectories
  beforeEach(() => {
    asset = mkdtempSync(join(ROOT, 'node_modules', 'asset-'))
    writeFileSync(join(asset, 'index.js'), 'exports.handler = async () => "CommonJS"')
    code = new CodeDirectories(asset)
  })
  afterEach(() => {
    code.close()
    rmSync(asset, { recursive: true })
  })

  it('is copied once', () => {
    const copy = code.copyOf({ codeDirectory: asset })
    expect(existsSync(join(copy, 'index.js'))).toBe(true)
    expect(code.copyOf({ codeDirectory: asset })).toBe(copy)
  })

  it('finds the SDK that Lambda provides, and no other package of the project', () => {
    const require = createRequire(join(code.copyOf({ codeDirectory: asset }), 'index.js'))
    expect(require.resolve('@aws-sdk/client-dynamodb')).toContain('client-dynamodb')
    expect(() => require.resolve('valibot')).toThrow('valibot')
  })

  it('is CommonJS unless it says otherwise, whatever the project is', async () => {
    const require = createRequire(import.meta.url)
    const module: { handler: () => Promise<string> } = require(
      join(code.copyOf({ codeDirectory: asset }), 'index.js'),
    )
    expect(await module.handler()).toBe('CommonJS')
  })

  it('is gone when the runtime has closed', () => {
    const copy = code.copyOf({ codeDirectory: asset })
    code.close()
    expect(existsSync(copy)).toBe(false)
  })

  it('may be a zip file, with folders', () => {
    const file = join(asset, 'code.zip')
    const source = strToU8('exports.handler = () => "zipped"')
    writeFileSync(file, zipSync({ 'src/': new Uint8Array(), 'src/a/index.js': source }))
    const copy = code.copyOf({ codeDirectory: file })
    expect(readFileSync(join(copy, 'src', 'a', 'index.js'), 'utf8')).toBe(strFromU8(source))
  })

  it.each(['../../outside.js', 'a/../../outside.js'])(
    'may not write outside of its folder: %s',
    (name) => {
      const file = join(asset, 'code.zip')
      writeFileSync(file, zipSync({ [name]: strToU8('') }))
      const act = () => code.copyOf({ codeDirectory: file })
      const reason = `${name} would be written outside of the function's folder`
      expect(act).toThrowError(new AssemblyError(`${file}: ${reason}`))
    },
  )

  it('that is no zip file says which one', () => {
    const file = join(asset, 'code.zip')
    writeFileSync(file, 'no zip')
    const act = () => code.copyOf({ codeDirectory: file })
    expect(act).toThrowError(new AssemblyError(`${file}: invalid zip data`))
  })

  it('may stand in the template', () => {
    const inlineCode = 'exports.handler = () => "inline"'
    const copy = code.copyOf({ codeDirectory: '', inlineCode })
    expect(readFileSync(join(copy, 'index.js'), 'utf8')).toBe(inlineCode)
    expect(code.copyOf({ codeDirectory: '', inlineCode: 'other' })).not.toBe(copy)
  })
})

describe('the SDK that Lambda provides', () => {
  let elsewhere: string
  let code: CodeDirectories
  beforeEach(() => {
    elsewhere = mkdtempSync(join(tmpdir(), 'foreign-'))
    // One package beside the assembly, in another version; the others only in this project.
    const own = join(elsewhere, 'node_modules', '@aws-sdk', 'client-dynamodb')
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, 'index.js'), 'module.exports = "beside the assembly"')
    mkdirSync(join(elsewhere, 'cdk.out', 'asset'), { recursive: true })
    code = new CodeDirectories(join(elsewhere, 'cdk.out'))
  })
  afterEach(() => {
    code.close()
    rmSync(elsewhere, { recursive: true })
  })

  it('is taken from near the assembly first, package by package, then from this project', () => {
    const codeDirectory = join(elsewhere, 'cdk.out', 'asset')
    const require = createRequire(join(code.copyOf({ codeDirectory }), 'index.js'))
    expect(require('@aws-sdk/client-dynamodb')).toBe('beside the assembly')
    expect(require.resolve('@aws-sdk/client-sqs')).toContain(ROOT)
    expect(require.resolve('@aws-sdk/lib-dynamodb')).toContain(ROOT)
    expect(require.resolve('@smithy/types')).toContain(ROOT)
  })
})
