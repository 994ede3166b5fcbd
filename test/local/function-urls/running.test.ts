import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../../local/index.ts'
import { TestClient } from '../../support/client.ts'
import { signedFetch } from '../../support/signed-fetch.ts'
import { editedAssembly } from '../../support/edited-assembly.ts'

const att = (name: string, attribute: string) => ({ 'Fn::GetAtt': [name, attribute] })

/** Both permissions for everybody, as CDK writes them for a URL that asks for nothing. */
const PERMISSIONS = {
  ByUrl: { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' },
  ByAny: { Action: 'lambda:InvokeFunction', InvokedViaFunctionUrl: true },
}

const ECHO = 'exports.handler = async ({ rawPath }) => ({ statusCode: 200, body: rawPath })'

let local: Local
let functionIds: string[]
beforeAll(async () => {
  const assembly = editedAssembly(inject('fixtureAssembly'), (template) => {
    const named = (name: string) =>
      Object.entries(template.Resources).find(([id, { Type }]) => {
        return Type === 'AWS::Lambda::Function' && id.startsWith(name)
      })?.[0] ?? ''
    functionIds = ['Disconnect', 'Authorize'].map(named)
    const [open = '', closed = ''] = functionIds
    for (const id of functionIds) {
      const code = { Code: { ZipFile: ECHO }, Handler: 'index.handler' }
      Object.assign(template.Resources[id]?.Properties ?? {}, code)
    }
    const add = (id: string, Type: string, Properties: Record<string, unknown>): void => {
      template.Resources[id] = { Type, Properties }
    }
    add('Open', 'AWS::Lambda::Url', { TargetFunctionArn: att(open, 'Arn'), AuthType: 'NONE' })
    add('Closed', 'AWS::Lambda::Url', {
      TargetFunctionArn: att(closed, 'Arn'),
      AuthType: 'AWS_IAM',
    })
    for (const [id, properties] of Object.entries(PERMISSIONS)) {
      const common = { FunctionName: att(open, 'Arn'), Principal: '*' }
      add(id, 'AWS::Lambda::Permission', { ...common, ...properties })
    }
    // What was for API Gateway is for URLs alone.
    for (const { Type, Properties } of Object.values(template.Resources)) {
      const isOfPost = JSON.stringify(Properties).includes(`"${named('Post')}"`)
      if (Type === 'AWS::Lambda::Permission' && isOfPost) Properties['InvokedViaFunctionUrl'] = true
    }
    template.Outputs['OpenUrl'] = { Value: att('Open', 'FunctionUrl') }
  })
  local = await startLocal({ assembly })
})
afterAll(() => local.close())

it('functions can be called at their URLs, which the stack knows', async () => {
  const urls = functionIds.map((id) => local.functionUrls.get(`Fixture-${id}`) ?? '')
  const [open = '', closed = ''] = urls
  expect(new Set(urls).size).toBe(2)
  expect(local.outputs['OpenUrl']).toBe(open)
  expect(await (await fetch(`${open}a`)).text()).toBe('/a')
  expect((await fetch(closed)).status).toBe(403)
  expect(await (await signedFetch(`${closed}b`, local.credentials)).text()).toBe('/b')
})

it('a permission for who calls a URL is none for API Gateway', async () => {
  const client = await TestClient.connect(local.url)
  client.send({ action: 'post' })
  expect(JSON.parse(await client.nextText())).toMatchObject({ message: 'Internal server error' })
  await client.close()
  expect(local.trace.ofKind('call')).toContainEqual(
    expect.objectContaining({ action: 'lambda:InvokeFunction', allowed: false }),
  )
})
