import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { assemblyFolder, type AssemblyFolder } from './assembly-folder.ts'

const templateSchema = v.looseObject({
  Resources: v.record(
    v.string(),
    v.looseObject({
      Type: v.string(),
      Properties: v.optional(
        v.looseObject({
          LoggingConfig: v.optional(v.looseObject({ LogFormat: v.string() })),
          Environment: v.optional(v.looseObject({ Variables: v.record(v.string(), v.unknown()) })),
        }),
      ),
    }),
  ),
})

interface ReportingOptions {
  /** For this folder's app, as `-c` gives it. */
  readonly context?: Readonly<Record<string, string>>
  /** Other values for variables that functions have. */
  readonly variables?: Readonly<Record<string, string>>
}

/**
 * A copy of an assembly whose functions report each invocation. By its own settings, a stack may have
 * Lambda leave out those that went well.
 *
 * @param given an assembly that somebody else has made; undefined for this folder's app
 */
export async function reportingAssembly(
  given: string | undefined,
  { context, variables = {} }: ReportingOptions = {},
): Promise<AssemblyFolder> {
  await using original = await assemblyFolder(given, context)
  const directory = mkdtempSync(join(dirname(original.directory), 'reporting-'))
  cpSync(original.directory, directory, { recursive: true })
  for (const file of readdirSync(directory)) {
    if (file.endsWith('.template.json')) haveReported(join(directory, file), variables)
  }
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  return { directory, [Symbol.asyncDispose]: () => Promise.resolve(remove()) }
}

function haveReported(file: string, variables: Readonly<Record<string, string>>): void {
  const template = v.parse(templateSchema, JSON.parse(readFileSync(file, 'utf8')))
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function') continue
    const { LoggingConfig: logging, Environment: environment } = Properties ?? {}
    if (logging?.LogFormat === 'JSON') logging['SystemLogLevel'] = 'INFO'
    for (const [name, value] of Object.entries(variables)) {
      if (environment?.Variables[name] !== undefined) environment.Variables[name] = value
    }
  }
  writeFileSync(file, JSON.stringify(template))
}
