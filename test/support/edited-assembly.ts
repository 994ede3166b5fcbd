import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readAssembly, type Template } from '../../local/assembly.ts'
import { readApp } from '../../local/template/read-app.ts'

export type { Template }
export type TemplateResource = Template['Resources'][string]

/**
 * Copies a synthesized assembly and changes its template, for a test that needs one thing to be
 * otherwise. The copy stands beside the original and is removed with it, when the run ends.
 *
 * @param edit changes the template in place
 * @returns the copy's folder
 */
export function editedAssembly(assembly: string, edit: (template: Template) => void): string {
  const copy = mkdtempSync(join(dirname(assembly), 'edited-'))
  cpSync(assembly, copy, { recursive: true })
  const template = templateOf(copy)
  edit(template)
  writeFileSync(join(copy, templateFile(copy)), JSON.stringify(template, undefined, 1))
  return copy
}

/** The template of an assembly of one stack. */
export function templateOf(assembly: string): Template {
  const [stack, ...others] = readAssembly(assembly).stacks
  if (stack && others.length === 0) return stack.template
  throw new Error(`stacks in ${assembly}: not one`)
}

/** The template's resources of one type, such as `AWS::IAM::Policy`, with their logical ids. */
export function resourcesOfType(template: Template, type: string): [string, TemplateResource][] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type)
}

/**
 * Takes resources out, whatever else may refer to them.
 *
 * @throws when there is none to take out: the test would prove nothing
 */
export function removeResources(
  template: Template,
  type: string,
  unwanted: (resource: TemplateResource, logicalId: string) => boolean = () => true,
): void {
  const found = resourcesOfType(template, type).filter(([id, resource]) => unwanted(resource, id))
  if (found.length === 0) throw new Error(`no such ${type} in the template`)
  for (const [logicalId] of found) delete template.Resources[logicalId]
}

/**
 * Sets a variable of functions that have it.
 *
 * @param functionId of the functions that shall know it; by default of all that have it
 */
export function setVariable(
  template: Template,
  name: string,
  value: string | number,
  functionId = /./,
): void {
  const found = resourcesOfType(template, 'AWS::Lambda::Function').filter(
    ([logicalId, { Properties }]) =>
      functionId.test(logicalId) && Object.hasOwn(variablesOf(Properties), name),
  )
  if (found.length === 0) throw new Error(`no function has a variable ${name}`)
  for (const [, { Properties }] of found) {
    const Variables = { ...variablesOf(Properties), [name]: String(value) }
    Properties['Environment'] = { Variables }
  }
}

/** Takes a variable away from the functions that have it. */
export function removeVariable(template: Template, name: string): void {
  for (const [, { Properties }] of resourcesOfType(template, 'AWS::Lambda::Function')) {
    const others = Object.entries(variablesOf(Properties)).filter(([each]) => each !== name)
    Properties['Environment'] = { Variables: Object.fromEntries(others) }
  }
}

/**
 * Changes the bundle of a function, in a copy of the assembly.
 *
 * @param edit returns the code as it shall be
 * @throws when it changes nothing: the test would prove nothing
 */
export function editBundle(copy: string, functionId: RegExp, edit: (code: string) => string): void {
  const { functions } = readApp(readAssembly(copy))
  const found = functions.filter(({ logicalId }) => functionId.test(logicalId))
  if (found.length === 0) throw new Error(`no function ${functionId.source}`)
  for (const { codeDirectory } of found) {
    const file = join(codeDirectory, 'index.mjs')
    const code = readFileSync(file, 'utf8')
    const edited = edit(code)
    if (edited === code) throw new Error(`nothing to change in ${file}`)
    writeFileSync(file, edited)
  }
}

function variablesOf(properties: Readonly<Record<string, unknown>>): object {
  const environment = properties['Environment']
  if (typeof environment !== 'object' || environment === null) return {}
  if (!('Variables' in environment) || typeof environment.Variables !== 'object') return {}
  return environment.Variables ?? {}
}

function templateFile(assembly: string): string {
  const [file, ...others] = readdirSync(assembly).filter((name) => name.endsWith('.template.json'))
  if (file === undefined || others.length > 0) throw new Error(`templates in ${assembly}: not one`)
  return file
}
