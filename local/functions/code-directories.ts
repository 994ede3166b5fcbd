import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/** What Lambda's Node runtimes have beside a function's own code. */
const PROVIDED_SCOPES = ['@aws-sdk', '@smithy']

/**
 * Copies of the functions' code in a folder of their own. In the project they would find its
 * `node_modules` and the `type` of its `package.json`, which they will not have on AWS.
 */
export class CodeDirectories {
  readonly #root = mkdtempSync(join(tmpdir(), 'switchboard-code-'))
  /** By the folder in the assembly. */
  readonly #copies = new Map<string, string>()

  /** @param from where to look for the SDK: in the `node_modules` here and further up */
  constructor(from: string) {
    writeFileSync(join(this.#root, 'package.json'), '{}')
    mkdirSync(join(this.#root, 'node_modules'))
    for (const scope of PROVIDED_SCOPES) {
      const found = findUp(resolve(from), join('node_modules', scope))
      // A junction needs no rights on Windows; elsewhere the type says nothing.
      if (found) symlinkSync(found, join(this.#root, 'node_modules', scope), 'junction')
    }
  }

  /** The copy of a folder, made when it is asked for first. */
  copyOf(directory: string): string {
    const copy = this.#copies.get(directory) ?? join(this.#root, String(this.#copies.size))
    if (!this.#copies.has(directory)) cpSync(directory, copy, { recursive: true })
    this.#copies.set(directory, copy)
    return copy
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

function findUp(directory: string, name: string): string | undefined {
  const candidate = join(directory, name)
  if (existsSync(candidate)) return candidate
  const parent = dirname(directory)
  return parent === directory ? undefined : findUp(parent, name)
}
