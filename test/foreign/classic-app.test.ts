import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { AssemblyError, startLocal, synthesize, type Local } from '../../local/index.ts'
import { refusedHandshake, TestClient } from '../support/client.ts'
import { editedAssembly, resourcesOfType, type Template } from '../support/edited-assembly.ts'
import { ROOT } from '../support/root.ts'

let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'classic-assembly-'))
  await synthesize(join(ROOT, 'test', 'foreign', 'classic'), join(directory, 'cdk.out'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('an API whose functions are invoked by a role', () => {
  it('runs without a permission of the functions’ own', async () => {
    const local = await start(() => {})
    expect(local.app.permissions).toEqual([])
    const client = await TestClient.connect(local.url)
    client.send('hello')
    expect(await client.nextText()).toBe('hello')
    await client.close()
    expect(callsByRole(local).map(({ allowed }) => allowed)).toEqual([true, true])
  })

  it('fails when the role may not, as on AWS', async () => {
    const local = await start((template) => {
      for (const [, role] of resourcesOfType(template, 'AWS::IAM::Role')) {
        if (role.Properties['ManagedPolicyArns'] === undefined) throw new Error('no policies')
        role.Properties['ManagedPolicyArns'] = []
      }
    })
    expect(await refusedHandshake(local.url)).toMatchObject({ status: 500 })
    expect(callsByRole(local).map(({ allowed }) => allowed)).toEqual([false])
  })

  it('is refused when API Gateway cannot assume the role', async () => {
    const act = start((template) => {
      const text = JSON.stringify(template.Resources)
      const other = text.replaceAll('apigateway.amazonaws.com', 'ec2.amazonaws.com')
      expect(other).not.toBe(text)
      Object.assign(template.Resources, JSON.parse(other))
    })
    await expect(act).rejects.toThrowError(AssemblyError)
    await expect(act).rejects.toThrowError(/cannot be assumed by API Gateway/)
  })
})

async function start(edit: (template: Template) => void): Promise<Local> {
  const local = await startLocal({ assembly: editedAssembly(join(directory, 'cdk.out'), edit) })
  onTestFinished(() => local.close())
  return local
}

function callsByRole(local: Local) {
  return local.trace.ofKind('call').filter(({ principalArn, action }) => {
    return (
      action === 'lambda:InvokeFunction' && principalArn.includes('assumed-role/Classic-Caller')
    )
  })
}
