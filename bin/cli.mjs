#!/usr/bin/env node
// npx switchboard: the sources in the repository, and in the package what is built of them.
import { existsSync } from 'node:fs'

const source = new URL('../publish/cli.ts', import.meta.url)
const built = new URL('../dist/publish/cli.js', import.meta.url)

if (existsSync(source)) {
  const { register } = await import('tsx/esm/api')
  register()
}
await import((existsSync(source) ? source : built).href)
