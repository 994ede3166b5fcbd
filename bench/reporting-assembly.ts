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
        v.looseObject({ LoggingConfig: v.optional(v.looseObject({ LogFormat: v.string() })) }),
      ),
    }),
  ),
})

/**
 * A copy of an assembly whose functions report each invocation. By its own settings, a stack may have
 * Lambda leave out those that went well.
 *
 * @param given an assembly that somebody else has made; undefined for this folder's app
 */
export async function reportingAssembly(given: string | undefined): Promise<AssemblyFolder> {
  await using original = await assemblyFolder(given)
  const directory = mkdtempSync(join(dirname(original.directory), 'reporting-'))
  cpSync(original.directory, directory, { recursive: true })
  for (const file of readdirSync(directory)) {
    if (file.endsWith('.template.json')) haveReported(join(directory, file))
  }
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  return { directory, [Symbol.asyncDispose]: () => Promise.resolve(remove()) }
}

function haveReported(file: string): void {
  const template = v.parse(templateSchema, JSON.parse(readFileSync(file, 'utf8')))
  for (const { Type, Properties } of Object.values(template.Resources)) {
    const logging = Type === 'AWS::Lambda::Function' ? Properties?.LoggingConfig : undefined
    if (logging?.LogFormat === 'JSON') logging['SystemLogLevel'] = 'INFO'
  }
  writeFileSync(file, JSON.stringify(template))
}
