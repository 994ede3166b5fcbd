import { inject } from 'vitest'
import { startLocal, type Local, type StartLocalOptions } from '../../local/index.ts'

/** Runs the app of test/gateway/fixture: for what is about the local runtime, whatever it runs. */
export function startFixture(options: Partial<StartLocalOptions> = {}): Promise<Local> {
  return startLocal({ assembly: inject('fixtureAssembly'), ...options })
}
