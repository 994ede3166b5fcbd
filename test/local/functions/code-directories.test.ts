import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
    const copy = code.copyOf(asset)
    expect(existsSync(join(copy, 'index.js'))).toBe(true)
    expect(code.copyOf(asset)).toBe(copy)
  })

  it('finds the SDK that Lambda provides, and no other package of the project', () => {
    const require = createRequire(join(code.copyOf(asset), 'index.js'))
    expect(require.resolve('@aws-sdk/client-dynamodb')).toContain('client-dynamodb')
    expect(() => require.resolve('valibot')).toThrow('valibot')
  })

  it('is CommonJS unless it says otherwise, whatever the project is', async () => {
    const require = createRequire(import.meta.url)
    const module: { handler: () => Promise<string> } = require(join(code.copyOf(asset), 'index.js'))
    expect(await module.handler()).toBe('CommonJS')
  })

  it('is gone when the runtime has closed', () => {
    const copy = code.copyOf(asset)
    code.close()
    expect(existsSync(copy)).toBe(false)
  })
})
