import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/root.ts'

describe('the linter', () => {
  // One run for both: it reads the types of the whole project each time.
  it('refuses a promise that nobody awaits, and nothing in a file that awaits', async () => {
    const { exitCode, printed } = await lint('test/repository/planted', 'lambdas/disconnect.ts')
    expect(printed).toContain('no-floating-promises')
    expect(printed).toContain('floating-promise.ts')
    expect(printed).not.toContain('disconnect.ts')
    expect(printed).toContain('Found 0 warnings and 1 error.')
    expect(printed).toContain('on 2 files')
    expect(exitCode).not.toBe(0)
  })
})

/** Runs the linter as `npm run lint` does, which leaves out the planted file alone. */
function lint(...args: readonly string[]): Promise<{ exitCode: number; printed: string }> {
  const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint')
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [oxlint, '--type-aware', '--deny-warnings', ...args],
      { cwd: ROOT },
      (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : Number(error.code ?? 1)
        resolve({ exitCode, printed: stdout + stderr })
      },
    )
  })
}
