import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { AssemblyError } from './errors.ts'
import { readAccount, type Account } from './template/account.ts'

/** A CloudFormation template, as CDK writes it. */
export type Template = v.InferOutput<typeof templateSchema>

/** One stack of a synthesized cloud assembly (`cdk.out`). */
export interface Assembly {
  readonly stackName: string
  /** Where the stack is to go, as far as the app says. */
  readonly account: Account
  readonly template: Template
  /** The file or folder of an asset, by the key under which CDK would put it in its bucket. */
  assetPath(objectKey: string): string | undefined
}

const manifestSchema = v.object({
  artifacts: v.record(
    v.string(),
    v.object({
      type: v.string(),
      environment: v.optional(v.string()),
      properties: v.optional(
        v.object({
          templateFile: v.optional(v.string()),
          stackName: v.optional(v.string()),
          file: v.optional(v.string()),
        }),
      ),
    }),
  ),
})

const resourceSchema = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
  Condition: v.optional(v.string()),
})

const templateSchema = v.looseObject({
  Resources: v.record(v.string(), resourceSchema),
  Outputs: v.optional(
    v.record(v.string(), v.looseObject({ Value: v.unknown(), Condition: v.optional(v.string()) })),
    {},
  ),
  Transform: v.optional(v.unknown()),
  Parameters: v.optional(
    v.record(v.string(), v.looseObject({ Type: v.string(), Default: v.optional(v.unknown()) })),
    {},
  ),
  Mappings: v.optional(
    v.record(v.string(), v.record(v.string(), v.record(v.string(), v.unknown()))),
    {},
  ),
  Conditions: v.optional(v.record(v.string(), v.unknown()), {}),
  Metadata: v.optional(
    v.looseObject({
      /** What a person may type into a client, for the banner. */
      'Local::Examples': v.optional(v.array(v.object({ type: v.string(), does: v.string() }))),
    }),
    {},
  ),
})

const assetManifestSchema = v.object({
  files: v.optional(
    v.record(
      v.string(),
      v.object({
        source: v.object({ path: v.optional(v.string()) }),
        destinations: v.record(v.string(), v.object({ objectKey: v.string() })),
      }),
    ),
    {},
  ),
})

/**
 * Reads the one stack of a cloud assembly.
 *
 * @param directory what `cdk synth` wrote, such as `cdk.out`
 * @throws AssemblyError when there is none, or more than one stack
 */
export function readAssembly(directory: string): Assembly {
  const manifestFile = join(directory, 'manifest.json')
  if (!existsSync(manifestFile)) {
    throw new AssemblyError(`no cloud assembly in ${resolve(directory)}: run "npx cdk synth" first`)
  }
  const { artifacts } = readJson(manifestFile, manifestSchema)
  const stacks = Object.entries(artifacts).filter(([, a]) => a.type === 'aws:cloudformation:stack')
  const [stack, ...others] = stacks
  if (!stack || others.length > 0) {
    const names = stacks.map(([name]) => name).join(', ') || 'none'
    const nested = Object.entries(artifacts).find(([, a]) => a.type === 'cdk:cloud-assembly')
    const hint = nested
      ? `; a CDK Stage has an assembly of its own: ${join(directory, nested[0])}`
      : ''
    throw new AssemblyError(`expected one stack in ${resolve(directory)}, found ${names}${hint}`)
  }
  const [name, { environment, properties }] = stack
  const templateFile = properties?.templateFile
  if (!templateFile) throw new AssemblyError(`the stack ${name} names no template file`)

  const assets = new Map<string, string>()
  for (const artifact of Object.values(artifacts)) {
    const file = artifact.properties?.file
    if (artifact.type !== 'cdk:asset-manifest' || file === undefined) continue
    const { files } = readJson(join(directory, file), assetManifestSchema)
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path) assets.set(objectKey, resolve(directory, source.path))
      }
    }
  }
  return {
    stackName: properties.stackName ?? name,
    account: readAccount(environment),
    template: readJson(join(directory, templateFile), templateSchema),
    assetPath: (objectKey) => assets.get(objectKey),
  }
}

function readJson<Schema extends v.GenericSchema>(
  file: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, parseFile(file))
  if (result.success) return result.output
  throw new AssemblyError(`${file}: ${v.summarize(result.issues)}`)
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    // The parser's own message does not say which file it was.
    throw new AssemblyError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
