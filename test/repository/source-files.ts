import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { ROOT } from '../support/root.ts'

export interface SourceFile {
  /** From the root, with `/` on every system. */
  readonly path: string
  readonly text: string
}

/** All folders of the project's own code, but for its tests. */
export const CODE_FOLDERS = [
  'bin',
  'lib',
  'lambdas',
  'protocol',
  'client',
  'console',
  'local',
  'publish',
  'bench',
  'load',
  'schema',
  'scripts',
] as const

/** Every file of these folders whose name ends in `.ts` or `.mjs`. */
export function sourceFiles(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({
        path: relative(ROOT, file).split(sep).join('/'),
        text: readFileSync(file, 'utf8'),
      })),
  )
}
