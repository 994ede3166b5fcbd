import { rmSync } from 'node:fs'
import { newAssemblyDirectory, synthesize } from '../local/index.ts'

/** A cloud assembly for as long as it is needed. */
export interface AssemblyFolder extends AsyncDisposable {
  readonly directory: string
}

/**
 * @param given an assembly that somebody else has made; undefined for this folder's app
 * @param context for that app, as `-c` gives it
 */
export async function assemblyFolder(
  given: string | undefined,
  context?: Readonly<Record<string, string>>,
): Promise<AssemblyFolder> {
  if (given !== undefined) {
    return { directory: given, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  const directory = newAssemblyDirectory(process.cwd(), 'switchboard-bench-')
  const remove = (): void => rmSync(directory, { recursive: true, force: true })
  try {
    await synthesize(process.cwd(), directory, { context })
  } catch (error) {
    remove()
    throw error
  }
  return { directory, [Symbol.asyncDispose]: () => Promise.resolve(remove()) }
}
