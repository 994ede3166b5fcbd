import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleLambda } from '../lib/lambda-code.ts'
import { buildClient } from './build-client.ts'
import { compile } from './compile.ts'
import { licencesOf } from './licences.ts'

const LAMBDAS = fileURLToPath(new URL('../lambdas/', import.meta.url))

/** How a file in `lambdas/` begins what a function is called by: the others are shared by several. */
const ENTRY = /^export const handler\b/m

/**
 * Builds all that the package has: the client, the constructs with the functions' bundles, the local
 * runtime, and the types of each. Beside the bundles are the licences of what is in them.
 *
 * @param folder becomes the package's `dist`: what is in it is removed
 * @throws Error when the types are wrong; tsc has printed why
 */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  await buildClient(folder)
  compile('tsconfig.build.json', folder)
  const lambdas = join(folder, 'lambdas')
  const bundled = entries().flatMap((name) => bundleLambda(name, join(lambdas, name)))
  writeFileSync(join(lambdas, 'LICENSES.txt'), licencesOf(bundled))
}

function entries(): string[] {
  return readdirSync(LAMBDAS)
    .filter((file) => file.endsWith('.ts') && ENTRY.test(readFileSync(join(LAMBDAS, file), 'utf8')))
    .map((file) => basename(file, '.ts'))
}
