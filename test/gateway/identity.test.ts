import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { describe, expect, it } from 'vitest'
import { managementClient, type Backend } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { resourcesOfType, type Template } from '../support/edited-assembly.ts'
import { signedRequest } from '../support/signed-request.ts'
import { gatewayTarget, type GatewayTarget } from './target.ts'

/** Well-formed, and nobody's. */
const NOBODY = 'AAAAAAAAAAAAAAA='

const STRANGER = { accessKeyId: 'ASIASTRANGER', secretAccessKey: 'none', sessionToken: 'none' }

const gateway = gatewayTarget()

async function refusalOf(backend: Backend): Promise<unknown> {
  const command = new PostToConnectionCommand({ ConnectionId: NOBODY, Data: 'x' })
  return managementClient(backend)
    .send(command)
    .then(
      () => 'none',
      (error: { name: string; $metadata: { httpStatusCode: number } }) => {
        return { name: error.name, status: error.$metadata.httpStatusCode }
      },
    )
}

describe('a call to @connections', () => {
  const FORBIDDEN = { name: 'ForbiddenException', status: 403 }

  it('I1: without a signature is answered 403, whatever it asks (body assumed)', async () => {
    for (const method of ['POST', 'GET', 'DELETE']) {
      const answer = await fetch(`${gateway.callbackUrl}/@connections/${NOBODY}`, { method })
      expect(answer.status).toBe(403)
      expect(await answer.json()).toEqual({ message: 'Missing Authentication Token' })
    }
  })

  it('I1: signed by a stranger is answered 403', async () => {
    const { callbackUrl, signer } = gateway
    expect(await refusalOf({ callbackUrl, ...signer, credentials: STRANGER })).toEqual(FORBIDDEN)
  })

  it('I1: signed with another secret, for another region or for another service is answered 403', async () => {
    const { callbackUrl } = gateway
    const { credentials } = gateway.need('local')
    const wrong = { ...credentials, secretAccessKey: 'another' }
    expect(await refusalOf({ callbackUrl, credentials: wrong })).toEqual(FORBIDDEN)
    expect(await refusalOf({ callbackUrl, credentials, region: 'eu-west-1' })).toEqual(FORBIDDEN)
    expect(await statusOf('sqs', new Date())).toBe(403)
  })

  it.each([
    [0, 410],
    [4, 410],
    [6, 403],
  ])('I1: signed %i minutes ago is answered %i', async (minutes, status) => {
    expect(await statusOf('execute-api', new Date(Date.now() - minutes * 60_000))).toBe(status)
  })

  /** What a call signed by hand is answered. */
  async function statusOf(service: string, at: Date): Promise<number> {
    const { credentials } = gateway.need('local')
    const { origin, pathname, host } = new URL(gateway.callbackUrl)
    const path = `${pathname}/@connections/${NOBODY}`
    const headers = { host }
    const signed = await signedRequest(credentials, { service, path, headers, at, body: 'x' })
    const { host: _host, ...sent } = signed.headers
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: Object.entries(sent).map(([name, value]): [string, string] => [name, String(value)]),
      body: 'x',
    })
    return response.status
  }
})

describe('a function', () => {
  it('I2: whose role does not allow it is refused, and told who, what and where', async () => {
    const stage = await gateway.edited((template) => manageConnections(template, 'other/POST'))
    expect(await attempt(stage, 'POST')).toEqual({
      outcome: 'ForbiddenException',
      why: expect.stringMatching(
        /^User: arn:aws:sts::\d+:assumed-role\/.* is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:.*\/test\/POST\/@connections\/.*=/,
      ),
    })
  })

  it('I2: is judged by the stage, the verb and the connection', async () => {
    const stage = await gateway.edited((template) => manageConnections(template, 'test/DELETE'))
    expect(await attempt(stage, 'POST')).toMatchObject({ outcome: 'ForbiddenException' })
    expect(await attempt(stage, 'DELETE')).toEqual({ outcome: 'sent' })
  })

  it('I4: that may only POST does not learn a client’s address by GET', async () => {
    const stage = await gateway.edited((template) => manageConnections(template, 'test/POST'))
    expect(await attempt(stage, 'POST')).toEqual({ outcome: 'sent' })
    expect(await attempt(stage, 'GET')).toMatchObject({ outcome: 'ForbiddenException' })
  })

  /** Lets the fixture's functions call only this, in place of what CDK grants. */
  function manageConnections(template: Template, where: string): void {
    let edited = 0
    for (const [, { Properties }] of resourcesOfType(template, 'AWS::IAM::Policy')) {
      const document = JSON.stringify(Properties['PolicyDocument'])
      if (!document.includes('ManageConnections')) continue
      edited += 1
      Properties['PolicyDocument'] = JSON.parse(
        document.replaceAll(/\/test\/\*\/@connections/g, `/${where}/@connections`),
      )
      if (JSON.stringify(Properties['PolicyDocument']) === document) throw new Error(document)
    }
    if (edited === 0) throw new Error('no policy about connections')
  }

  /** What a function of the stage is told when it tries this with another connection. */
  async function attempt(stage: GatewayTarget, verb: string): Promise<unknown> {
    const client = await TestClient.connect(stage.url)
    const target = await TestClient.connect(stage.url)
    const to = await target.connectionId()
    return client.request({ action: 'post', to, data: 'hello', verb })
  }
})
