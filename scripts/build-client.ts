import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import { compile } from './compile.ts'

/** One module that runs as it is in browsers and in Node. */
export const CLIENT_BUNDLE = {
  absWorkingDir: fileURLToPath(new URL('../', import.meta.url)),
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
 * @param folder the package's `dist`
 * @throws Error when the types are wrong; tsc has printed why
 */
export async function buildClient(folder: string): Promise<void> {
  await build({
    ...CLIENT_BUNDLE,
    entryPoints: ['client/index.ts'],
    outfile: join(folder, 'client', 'index.js'),
  })
  compile('tsconfig.client.json', folder)
}
