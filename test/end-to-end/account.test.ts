import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, it, onTestFinished } from 'vitest'
import { TestClient } from '../support/client.ts'
import { editedAssembly } from '../support/edited-assembly.ts'
import { startStack } from '../support/stack.ts'

it('a stack that is bound to an account and a region runs there', async () => {
  const assembly = editedAssembly(inject('assembly'), () => {})
  const manifest = join(assembly, 'manifest.json')
  const unbound = readFileSync(manifest, 'utf8')
  const bound = unbound.replace(
    'aws://unknown-account/unknown-region',
    'aws://111122223333/eu-west-1',
  )
  expect(bound).not.toBe(unbound)
  writeFileSync(manifest, bound)

  const local = await startStack({ assembly })
  onTestFinished(() => local.close())
  const client = await TestClient.connect(local.url)
  expect(await client.request('BROADCAST:hi')).toMatchObject({ sent: 1 })
  const resources = local.trace.ofKind('call').map(({ resource }) => resource)
  // Roles have no region.
  const isThere = (resource: string) => /:(eu-west-1:|iam::)111122223333:/.test(resource)
  expect(resources.filter((resource) => !isThere(resource))).toEqual([])
})
