import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/root.ts'

const SMALL = ['--recipients', '20']

function bench(...args: readonly string[]) {
  const command = ['--import', 'tsx', 'bench/run.ts', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('npm run bench', () => {
  it.each([[['million', '--json']], [['--json', 'million']]])(
    'takes the name before --json and after it: %j',
    (args) => {
      const { status, stdout } = bench(...args, ...SMALL)
      expect(status).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ recipients: 20, lost: 0 })
    },
  )

  it.each([
    [['--json', 'fanuot'], 'There is no bench fanuot.'],
    [SMALL, 'Options need the name of a bench.'],
    [['million', '--nonsense'], "Unknown option '--nonsense'"],
    [['million', '--recipients', 'many'], '--recipients: expected a whole number of 1 or more'],
    [
      ['million', '--workers', '1'],
      'maxConcurrency: expected a whole number from 2 to 1000, got 1',
    ],
  ])('refuses what is wrong once, without a stack: %j', (args, message) => {
    const { status, stdout, stderr } = bench(...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr.split('Measures what this project claims')).toHaveLength(2)
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
