import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { newAssemblyDirectory, synthesize } from '../../local/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The project's own stack, synthesized by the app of its cdk.json. */
    assembly: string
    /** The same stack with tokens of `https://issuer.example` and an allow-list of origins. */
    closedAssembly: string
    /** The stack of test/gateway/fixture. */
    fixtureAssembly: string
  }
}

/** As `-c jwtIssuer=…` and so on. */
const CLOSED = {
  jwtIssuer: 'https://issuer.example',
  jwtAudience: 'switchboard',
  allowedOrigins: 'https://app.example',
  roomsClaim: 'rooms',
  publishUrl: 'true',
}

/** Synthesizes the stacks once for the whole run, as a user's machine would. */
export default async function setup(project: TestProject): Promise<() => void> {
  const root = project.config.root
  const directory = newAssemblyDirectory(root, 'switchboard-tests-')
  const provided = {
    assembly: join(directory, 'switchboard'),
    closedAssembly: join(directory, 'closed'),
    fixtureAssembly: join(directory, 'fixture'),
  }
  await Promise.all([
    synthesize(root, provided.assembly, { validate: true }),
    synthesize(root, provided.closedAssembly, { context: CLOSED, validate: true }),
    synthesize(join(root, 'test', 'gateway', 'fixture'), provided.fixtureAssembly),
  ])
  project.provide('assembly', provided.assembly)
  project.provide('closedAssembly', provided.closedAssembly)
  project.provide('fixtureAssembly', provided.fixtureAssembly)
  return () => rmSync(directory, { recursive: true, force: true })
}
