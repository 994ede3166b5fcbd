import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../support/root.ts'

describe('the linter', () => {
  it('refuses a promise that nobody awaits', async () => {
    const { exitCode, printed } = await lint('test/repository/planted')
    expect(printed).toContain('no-floating-promises')
    expect(printed).toContain('floating-promise.ts')
    expect(exitCode).not.toBe(0)
  })

  it('finds nothing in a file that awaits', async () => {
    const { exitCode, printed } = await lint('lambdas/disconnect.ts')
    expect(printed).not.toContain('no-floating-promises')
    expect(exitCode).toBe(0)
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
