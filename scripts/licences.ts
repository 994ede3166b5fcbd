import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files that a licence, or what the Apache License wants to come along with it, is in. */
const LICENCE_FILE = /^(?:licen[cs]e|notice|copying)\b/i

/**
 * The licences of the packages that files are from, each text once: whoever passes code on, also
 * inside of a bundle, has to pass them on with it.
 *
 * @param files those in no package's folder are this project's own
 * @throws Error when a package comes without its licence's text
 */
export function licencesOf(files: readonly string[]): string {
  const packages = new Set(files.map(packageOf).filter((folder) => folder !== undefined))
  const namesByText = new Map<string, string[]>()
  for (const folder of [...packages].toSorted()) {
    for (const text of licenceTexts(folder)) {
      namesByText.set(text, [...(namesByText.get(text) ?? []), nameOf(folder)])
    }
  }
  const parts = [...namesByText].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`)
  return `The functions have parts of these packages in them.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

/** A package's folder: the last `node_modules` in a path says where it is, also on Windows. */
function packageOf(file: string): string | undefined {
  return /^.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(file)?.[0]
}

function nameOf(folder: string): string {
  return folder.replaceAll('\\', '/').replace(/^.*\/node_modules\//, '')
}

function licenceTexts(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => LICENCE_FILE.test(name))
  if (names.length === 0) throw new Error(`${nameOf(folder)}: expected a file with its licence`)
  return names.toSorted().map((name) => readFileSync(join(folder, name), 'utf8').trim())
}
