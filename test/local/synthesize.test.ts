import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { synthesize } from '../../local/index.ts'

it('the app gets the context of cdk.json, and what comes on top of it', async () => {
  const project = mkdtempSync(join(tmpdir(), 'project-'))
  onTestFinished(() => rmSync(project, { recursive: true }))
  writeFileSync(
    join(project, 'app.mjs'),
    `import { writeFileSync } from 'node:fs'
     writeFileSync(process.env.CDK_OUTDIR, process.env.CDK_CONTEXT_JSON)`,
  )
  const context = { '@aws-cdk/core:flag': true, issuer: 'of cdk.json' }
  writeFileSync(join(project, 'cdk.json'), JSON.stringify({ app: 'node app.mjs', context }))
  const contextOf = async (more?: Readonly<Record<string, string>>): Promise<unknown> => {
    const printed = join(project, 'printed')
    await synthesize(project, printed, { context: more })
    return JSON.parse(readFileSync(printed, 'utf8'))
  }
  expect(await contextOf()).toEqual(context)
  expect(await contextOf({ issuer: 'ours' })).toEqual({ ...context, issuer: 'ours' })
})
