import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/**
 * Runs tsc.
 *
 * @param project a configuration in the root
 * @param folder where the modules and their types go
 * @throws Error when the types are wrong; tsc has printed why
 */
export function compile(project: string, folder: string): void {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  const args = [join(typescript, 'bin', 'tsc'), '--project', project, '--outDir', folder]
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
}
