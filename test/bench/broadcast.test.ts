import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { describe, expect, inject, it } from 'vitest'
import { ROOT } from '../support/root.ts'

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'bench/run.ts', ...args], { cwd: ROOT })

const positive = v.pipe(v.number(), v.minValue(0.1))
const resultSchema = v.strictObject({
  deliveriesPerSecond: positive,
  p50: positive,
  p99: positive,
  last: positive,
})

describe('npm run bench', () => {
  it('measures a broadcast, and gives the result as JSON on the last line', async () => {
    const options = ['--clients', '20', '--seconds', '1', '--assembly', inject('assembly')]
    const { stdout } = await run('broadcast', ...options, '--json')
    const result = v.parse(resultSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    expect(result.p99).toBeGreaterThanOrEqual(result.p50)
  })

  it('explains itself', async () => {
    expect((await run('--help')).stdout).toContain('npm run bench -- NAME')
    await expect(run('nothing')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no bench nothing'),
    })
  })
})
