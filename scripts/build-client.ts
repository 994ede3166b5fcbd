import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'

const ROOT = fileURLToPath(new URL('../', import.meta.url))

/** One module that runs as it is in browsers and in Node. */
export const CLIENT_BUNDLE = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
} satisfies BuildOptions

/**
 * Builds what `serverless-switchboard/client` is: its module and its types.
 *
 * The module is not minified: who serves it from an app's bundle minifies that, and who debugs it
 * can read it.
 *
 * @param folder becomes the package's `dist`: what is in it is removed
 * @throws Error when the types are wrong; tsc has printed why
 */
export async function buildClient(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await build({
    ...CLIENT_BUNDLE,
    entryPoints: ['client/index.ts'],
    outfile: join(folder, 'client', 'index.js'),
    sourcemap: true,
  })
  const tsc = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  )
  const args = [tsc, '--project', 'tsconfig.build.json', '--outDir', folder]
  execFileSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
}
