import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import {
  Switchboard,
  SwitchboardStack,
  type SwitchboardProps,
  type SwitchboardStackProps,
} from '../../lib/index.ts'

const directory = mkdtempSync(join(tmpdir(), 'switchboard-lib-'))
process.once('exit', () => {
  rmSync(directory, { recursive: true, force: true })
})

/** An app that bundles nothing, which is what takes the time. */
export function appWithoutBundles(): App {
  const outdir = mkdtempSync(join(directory, 'assembly-'))
  return new App({ context: { 'aws:cdk:bundling-stacks': [] }, outdir })
}

/** An open door, unless the test says otherwise. */
const OPEN = { authorizer: null }

/** The template of the project's own stack with these properties. */
export function synthesize(props: Partial<SwitchboardStackProps> = {}): Template {
  const stack = new SwitchboardStack(appWithoutBundles(), 'Switchboard', { ...OPEN, ...props })
  return Template.fromStack(stack)
}

/** Somebody's stack with Switchboards in it. */
export function stackWith(
  switchboards: Readonly<Record<string, Partial<SwitchboardProps>>>,
): Stack {
  const stack = new Stack(appWithoutBundles(), 'Somebody')
  for (const [id, props] of Object.entries(switchboards)) {
    new Switchboard(stack, id, { ...OPEN, ...props })
  }
  return stack
}
