import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unzipSync } from 'fflate'
import { AssemblyError } from '../errors.ts'
import type { FunctionDefinition } from '../template/lambda.ts'

/** What Lambda's Node runtimes have beside a function's own code. */
const PROVIDED_SCOPES = ['@aws-sdk', '@smithy']

/** Where Lambda puts code that stands in the template. */
const INLINE_FILE = 'index.js'

/**
 * Copies of the functions' code in a folder of their own. In the project they would find its
 * `node_modules` and the `type` of its `package.json`, which they will not have on AWS.
 */
export class CodeDirectories {
  readonly #root = mkdtempSync(join(tmpdir(), 'switchboard-code-'))
  /** By the folder or the file in the assembly, or by the code itself. */
  readonly #copies = new Map<string, string>()

  /**
   * @param from where to look for the SDK first: in the `node_modules` here and further up. What is
   * not there is taken from those of this file, since an assembly may lie anywhere.
   */
  constructor(from: string) {
    writeFileSync(join(this.#root, 'package.json'), '{}')
    const places = [...withParents(resolve(from)), ...withParents(fileURLToPath(import.meta.url))]
    for (const scope of PROVIDED_SCOPES) {
      const target = join(this.#root, 'node_modules', scope)
      mkdirSync(target, { recursive: true })
      for (const [name, found] of packagesIn(scope, places)) {
        // A junction needs no rights on Windows; elsewhere the type says nothing.
        symlinkSync(found, join(target, name), 'junction')
      }
    }
  }

  /**
   * The copy of a function's code, made when it is asked for first.
   *
   * @throws AssemblyError for a zip file that cannot be unpacked
   */
  copyOf({
    codeDirectory,
    inlineCode,
  }: Pick<FunctionDefinition, 'codeDirectory' | 'inlineCode'>): string {
    const key = inlineCode ?? codeDirectory
    const copy = this.#copies.get(key) ?? join(this.#root, String(this.#copies.size))
    if (!this.#copies.has(key)) {
      if (inlineCode !== undefined) {
        mkdirSync(copy)
        writeFileSync(join(copy, INLINE_FILE), inlineCode)
      } else if (codeDirectory.endsWith('.zip')) unzip(codeDirectory, copy)
      else cpSync(codeDirectory, copy, { recursive: true })
    }
    this.#copies.set(key, copy)
    return copy
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

/** A folder, and all that it is in. */
function withParents(directory: string): string[] {
  const parent = dirname(directory)
  return parent === directory ? [directory] : [directory, ...withParents(parent)]
}

/** The packages of a scope by their names, each from the first place that has it. */
function packagesIn(scope: string, places: readonly string[]): Map<string, string> {
  const packages = new Map<string, string>()
  for (const place of places) {
    const directory = join(place, 'node_modules', scope)
    if (!existsSync(directory)) continue
    for (const name of readdirSync(directory)) {
      if (!packages.has(name)) packages.set(name, join(directory, name))
    }
  }
  return packages
}

function unzip(file: string, directory: string): void {
  for (const [name, content] of readZip(file)) {
    const target = resolve(directory, name)
    // A name with `..` would lead out of the folder.
    if (!target.startsWith(directory + sep)) {
      throw new AssemblyError(`${file}: ${name} would be written outside of the function's folder`)
    }
    // Folders have entries of their own, which end in a slash.
    const isFolder = name.endsWith('/')
    mkdirSync(isFolder ? target : dirname(target), { recursive: true })
    if (!isFolder) writeFileSync(target, content)
  }
}

function readZip(file: string): [string, Uint8Array][] {
  try {
    return Object.entries(unzipSync(readFileSync(file)))
  } catch (error) {
    throw new AssemblyError(`${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
