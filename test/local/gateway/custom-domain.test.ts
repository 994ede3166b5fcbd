import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../../local/index.ts'
import { managementClient } from '../../support/backend.ts'
import { refusedHandshake, TestClient } from '../../support/client.ts'
import { editedAssembly, resourcesOfType, setVariable } from '../../support/edited-assembly.ts'

const AT_DOMAIN = { headers: { Host: 'ws.example.com' } }

let local: Local
beforeAll(async () => {
  const assembly = editedAssembly(inject('fixtureAssembly'), (template) => {
    const [[apiId, api] = [], [stageId] = []] = ['Api', 'Stage'].map((type) => {
      return resourcesOfType(template, `AWS::ApiGatewayV2::${type}`)[0]
    })
    if (!api || apiId === undefined || stageId === undefined) throw new Error('no API')
    api.Properties['DisableExecuteApiEndpoint'] = true
    template.Resources['Domain'] = {
      Type: 'AWS::ApiGatewayV2::DomainName',
      Properties: { DomainName: 'ws.example.com' },
    }
    template.Resources['Mapping'] = {
      Type: 'AWS::ApiGatewayV2::ApiMapping',
      Properties: {
        ApiId: { Ref: apiId },
        Stage: { Ref: stageId },
        DomainName: { Ref: 'Domain' },
        ApiMappingKey: 'chat/v1',
      },
    }
    setVariable(template, 'CALLBACK_URL', 'https://ws.example.com/chat/v1')
  })
  local = await startLocal({ assembly })
})
afterAll(() => local.close())

describe('an API with a custom domain alone', () => {
  it('is reached at the domain, and under the key on this machine', async () => {
    const { port } = new URL(local.url)
    expect(local.url).toBe(`ws://localhost:${port}/chat/v1`)
    for (const options of [AT_DOMAIN, {}]) {
      const client = await TestClient.connect(local.url, options)
      await client.connectionId()
      await client.close()
    }
    const own = `ws://localhost:${port}/test`
    expect(await refusedHandshake(own)).toMatchObject({ status: 403 })
    expect(await refusedHandshake(own, AT_DOMAIN)).toMatchObject({ status: 403 })
  })

  it('tells functions the domain that the client asked for, and is pushed to by its callback URL', async () => {
    const client = await TestClient.connect(local.url, AT_DOMAIN)
    const { requestContext } = await client.request({ action: 'echo' })
    expect(requestContext).toMatchObject({ domainName: 'ws.example.com', stage: 'test' })
    const to = await client.connectionId()
    client.send({ action: 'post', to, data: 'from a Lambda' })
    expect((await client.nextText()) + (await client.nextText())).toContain('from a Lambda')
    await client.close()
  })

  it('takes signed calls for the path with the key, and not for the stage’s own', async () => {
    const client = await TestClient.connect(local.url)
    const ConnectionId = await client.connectionId()
    const command = new PostToConnectionCommand({ ConnectionId, Data: 'from outside' })
    await managementClient(local).send(command)
    expect(await client.nextText()).toBe('from outside')
    const callbackUrl = local.callbackUrl.replace('/chat/v1', '/test')
    const outside = managementClient({ ...local, callbackUrl, credentials: local.credentials })
    await expect(outside.send(command)).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
    await client.close()
  })
})
