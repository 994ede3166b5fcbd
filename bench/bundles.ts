import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { CfnFunction, Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import * as v from 'valibot'
import { readAssembly } from '../local/assembly.ts'
import { NPX_VARIABLES } from '../local/synthesize.ts'
import { readApp } from '../local/template/read-app.ts'
import type { FunctionDefinition } from '../local/template/lambda.ts'

/** A function's code as it is deployed, twice. */
export interface BundlePair {
  /** The entry's, such as `connect`. */
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly ours: Bundle
  readonly byDefault: Bundle
}

export interface Bundle {
  /** The module of the handler. */
  readonly file: string
  readonly bytes: number
}

/** Where a function's entry is. */
const ENTRIES = 'lambdas'

/**
 * Bundles every function of an assembly once more as CDK does it without a word about bundling:
 * CommonJS, not minified, the SDK left to Lambda's runtime.
 *
 * @param directory an empty one, outside of every project: nothing is found from there but what a
 * process is told of
 */
export function bundlePairs(assembly: string, directory: string): BundlePair[] {
  const { functions } = readApp(readAssembly(assembly))
  const entries = new Map(functions.map((definition) => [entryOf(definition), definition]))
  if (entries.size < functions.length) throw new Error('two functions have one entry')
  const defaults = bundleByDefault([...entries.keys()], join(directory, 'default'))
  return [...entries].map(([name, { codeDirectory, environment, handler }]) => {
    const copy = join(directory, 'ours', name)
    cpSync(codeDirectory, copy, { recursive: true })
    const byDefault = bundle(defaults.get(name) ?? '', 'index')
    return { name, environment, ours: bundle(copy, basename(handler, '.handler')), byDefault }
  })
}

/** Of `connect.ts` and `disconnect.ts`, the longer: the logical id has both. */
function entryOf({ logicalId }: FunctionDefinition): string {
  const id = logicalId.toLowerCase()
  const names = readdirSync(ENTRIES)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .filter((name) => id.includes(`${name.replaceAll('-', '')}function`))
    .toSorted((a, b) => b.length - a.length)
  const [name] = names
  if (name === undefined) throw new Error(`no file in ${ENTRIES}/ is the entry of ${logicalId}`)
  return name
}

/** @returns the folder of each entry's bundle */
function bundleByDefault(names: readonly string[], directory: string): Map<string, string> {
  // CDK runs esbuild by an `npx` of its own.
  for (const name of NPX_VARIABLES) Reflect.deleteProperty(process.env, name)
  const app = new App({ outdir: directory, context: cdkContext() })
  const stack = new Stack(app, 'Defaults')
  const ids = names.map((name) => {
    const entry = join(ENTRIES, `${name}.ts`)
    const { defaultChild } = new NodejsFunction(stack, name, {
      entry,
      runtime: Runtime.NODEJS_24_X,
    }).node
    if (!(defaultChild instanceof CfnFunction)) throw new Error(`${name} is no function`)
    return [name, stack.getLogicalId(defaultChild)] as const
  })
  app.synth()
  const assembly = readAssembly(directory)
  return new Map(
    ids.map(([name, id]) => {
      const code = assembly.stacks[0]?.template.Resources[id]?.Properties['Code']
      return [name, assembly.assetPath(v.parse(codeSchema, code).S3Key) ?? '']
    }),
  )
}

const codeSchema = v.object({ S3Key: v.string() })

/** What `cdk init` writes down for a new app; this one's is that. */
function cdkContext(): Record<string, unknown> {
  const schema = v.object({ context: v.record(v.string(), v.unknown()) })
  return v.parse(schema, JSON.parse(readFileSync('cdk.json', 'utf8'))).context
}

function bundle(folder: string, module: string): Bundle {
  const file = ['.mjs', '.js', '.cjs']
    .map((ending) => join(folder, `${module}${ending}`))
    .find((candidate) => existsSync(candidate))
  if (file === undefined) throw new Error(`no ${module} in ${folder}`)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const sizes = files.map((name) => statSync(join(folder, name))).filter((stat) => stat.isFile())
  return { file, bytes: sizes.reduce((sum, { size }) => sum + size, 0) }
}
