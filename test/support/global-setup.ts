import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ProvidedContext } from 'vitest'
import type { TestProject } from 'vitest/node'
import { newAssemblyDirectory, synthesize } from '../../local/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The project's own stack, synthesized by the app of its cdk.json. */
    assembly: string
    /** The stack of test/gateway/fixture. */
    fixtureAssembly: string
  }
}

/** Synthesizes both stacks once for the whole run, as a user's machine would. */
export default async function setup(project: TestProject): Promise<() => void> {
  const root = project.config.root
  const directory = newAssemblyDirectory(root, 'switchboard-tests-')
  const provided: ProvidedContext = {
    assembly: join(directory, 'switchboard'),
    fixtureAssembly: join(directory, 'fixture'),
  }
  await Promise.all([
    synthesize(root, provided.assembly),
    synthesize(join(root, 'test', 'gateway', 'fixture'), provided.fixtureAssembly),
  ])
  project.provide('assembly', provided.assembly)
  project.provide('fixtureAssembly', provided.fixtureAssembly)
  return () => rmSync(directory, { recursive: true, force: true })
}
