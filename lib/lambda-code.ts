import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AssetHashType, DockerImage } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'

/** In the repository the sources of the functions, in the package a folder for each function's bundle. */
const LAMBDAS = fileURLToPath(new URL('../lambdas/', import.meta.url))

/**
 * The code of a function. The package brings it along; in the repository it is bundled.
 *
 * CDK's own NodejsFunction would start `npx esbuild` for each function, which takes most of a synthesis.
 *
 * @param name the file in `lambdas/` without its ending
 */
export function lambdaCode(name: string): Code {
  const prebuilt = join(LAMBDAS, name)
  if (existsSync(prebuilt)) return Code.fromAsset(prebuilt)
  return Code.fromAsset(LAMBDAS, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never started, but CDK asks for one. What it would run there is how CDK tells the bundles apart.
      image: DockerImage.fromRegistry('none'),
      command: [name],
      local: {
        tryBundle: (folder) => {
          bundleLambda(name, folder)
          return true
        },
      },
    },
  })
}

/**
 * Bundles a function's sources into one file.
 *
 * @param folder where `index.mjs` goes
 * @returns the files that something in it comes from
 * @throws Error with what esbuild has to say of them
 */
export function bundleLambda(name: string, folder: string): string[] {
  // Here and not above: the package does without it.
  // oxlint-disable-next-line typescript/no-unsafe-assignment -- what `require` returns has no type
  const esbuild: typeof import('esbuild') = createRequire(import.meta.url)('esbuild')
  const { metafile } = esbuild.buildSync({
    // The SDK's ES modules, bundled and shaken, load about three times faster than the runtime's own copy.
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    external: [...OTHER_CREDENTIALS, EVENT_STREAMS],
    alias: { ...builtinAliases(), ...STAND_INS },
    absWorkingDir: LAMBDAS,
    entryPoints: [`${name}.ts`],
    outfile: join(folder, 'index.mjs'),
    metafile: true,
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output?.inputs ?? {})
  return inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => join(LAMBDAS, path))
}

/**
 * Where else than in Lambda's variables the SDK would look for credentials: a third of a bundle. It
 * loads them only when there are none, and would find them in the runtime's own copy.
 */
const OTHER_CREDENTIALS = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
]

/**
 * What the SDK loads for operations that stream events, of which there are none here. As a part of
 * the bundle, all that it shares with the rest would be wrapped and compiled twice.
 */
const EVENT_STREAMS = '@smithy/core/event-streams'

/**
 * One file for each of Node's own modules that the bundles import: it takes out of the module what
 * they use. An import in an ES module would evaluate all that the module exports, also what is loaded
 * when it is asked for: a tenth of a cold start. What a file lacks, esbuild misses.
 */
function builtinAliases(): Record<string, string> {
  const folder = join(LAMBDAS, 'builtins')
  const aliases = readdirSync(folder).flatMap((file) => {
    // `fs-promises.mjs` is of `node:fs/promises`. Some packages leave out the `node:`.
    const name = file.replace('.mjs', '').replace('-', '/')
    const path = join(folder, file)
    return [[`node:${name}`, path] as const, [name, path] as const]
  })
  return Object.fromEntries(aliases)
}

/** What the SDK brings along and nobody uses here: a fiftieth of a bundle. */
const STAND_INS = { '@aws-sdk/endpoint-cache': join(LAMBDAS, 'stand-ins', 'endpoint-cache.mjs') }
