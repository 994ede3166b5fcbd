import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { AssemblyError } from './errors.ts'
import { readAccount, type Account } from './template/account.ts'

/** A CloudFormation template, as CDK writes it. */
export type Template = v.InferOutput<typeof templateSchema>

/** A synthesized cloud assembly (`cdk.out`). */
export interface Assembly {
  /** At least one, in the order of the manifest. */
  readonly stacks: readonly Stack[]
  /** The file or folder of an asset, by the key under which CDK would put it in its bucket. */
  assetPath(objectKey: string): string | undefined
}

/** One stack of a cloud assembly. */
export interface Stack {
  readonly stackName: string
  /** Where the stack is to go, as far as the app says. */
  readonly account: Account
  readonly template: Template
  /** What the app itself gives the template's parameters, in place of their defaults. */
  readonly parameters: Readonly<Record<string, string>>
}

const artifactSchema = v.object({
  type: v.string(),
  environment: v.optional(v.string()),
  properties: v.optional(
    v.object({
      templateFile: v.optional(v.string()),
      stackName: v.optional(v.string()),
      parameters: v.optional(v.record(v.string(), v.string())),
      file: v.optional(v.string()),
      directoryName: v.optional(v.string()),
    }),
  ),
})

type Artifact = v.InferOutput<typeof artifactSchema>

const manifestSchema = v.object({ artifacts: v.record(v.string(), artifactSchema) })

const resourceSchema = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
  Condition: v.optional(v.string()),
})

const templateSchema = v.looseObject({
  Resources: v.record(v.string(), resourceSchema),
  Outputs: v.optional(
    v.record(
      v.string(),
      v.looseObject({
        Value: v.unknown(),
        Condition: v.optional(v.string()),
        Export: v.optional(v.object({ Name: v.unknown() })),
      }),
    ),
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
 * Reads the stacks of a cloud assembly, or those of the one CDK Stage that it holds.
 *
 * @param directory what `cdk synth` wrote, such as `cdk.out`
 * @throws AssemblyError when it holds no stack, or leaves open which of its stages is meant
 */
export function readAssembly(directory: string): Assembly {
  const manifestFile = join(directory, 'manifest.json')
  if (!existsSync(manifestFile)) {
    throw new AssemblyError(`no cloud assembly in ${resolve(directory)}: run "npx cdk synth" first`)
  }
  const { artifacts } = readJson(manifestFile, manifestSchema)
  const ofType = (type: string) => Object.entries(artifacts).filter(([, a]) => a.type === type)
  const stacks = ofType('aws:cloudformation:stack')
  const stages = ofType('cdk:cloud-assembly').map(([name, { properties }]) =>
    join(directory, properties?.directoryName ?? name),
  )
  const [stage, ...otherStages] = stages
  if (stage !== undefined && stacks.length === 0 && otherStages.length === 0) {
    return readAssembly(stage)
  }
  if (stage !== undefined) {
    const choices = stages.map((folder) => `\n  --assembly ${folder}`).join('')
    throw new AssemblyError(
      `${resolve(directory)} holds CDK Stages, each an assembly of its own. Choose one:\n${choices}`,
    )
  }
  if (stacks.length === 0) throw new AssemblyError(`${resolve(directory)} holds no stack`)
  const assets = readAssets(directory, Object.values(artifacts))
  const known = readAccount(...stacks.map(([, { environment }]) => environment))
  return {
    stacks: stacks.map(([name, { environment, properties }]) => {
      const templateFile = properties?.templateFile
      if (!templateFile) throw new AssemblyError(`the stack ${name} names no template file`)
      return {
        stackName: properties.stackName ?? name,
        account: readAccount(environment, `aws://${known.accountId}/${known.region}`),
        template: readJson(join(directory, templateFile), templateSchema),
        parameters: properties.parameters ?? {},
      }
    }),
    assetPath: (objectKey) => assets.get(objectKey),
  }
}

/** The files and folders of all stacks' assets, by their keys. */
function readAssets(directory: string, artifacts: readonly Artifact[]): Map<string, string> {
  const assets = new Map<string, string>()
  for (const { type, properties } of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue
    const { files } = readJson(join(directory, properties.file), assetManifestSchema)
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path) assets.set(objectKey, resolve(directory, source.path))
      }
    }
  }
  return assets
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
