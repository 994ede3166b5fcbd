import { describe, expect, it } from 'vitest'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { removeResources, resourcesOfType, type Template } from '../support/edited-assembly.ts'
import { gatewayTarget, newTag, type GatewayTarget } from './target.ts'

const gateway = gatewayTarget()

/** Lets `$connect` ask the fixture's authorizer. */
function authorizeConnects(template: Template, identitySource: readonly string[] = []): void {
  const [authorizer] = resourcesOfType(template, 'AWS::ApiGatewayV2::Authorizer')
  if (!authorizer) throw new Error('the fixture has no authorizer')
  const [authorizerId, { Properties }] = authorizer
  Properties['IdentitySource'] = identitySource
  for (const [, route] of resourcesOfType(template, 'AWS::ApiGatewayV2::Route')) {
    if (route.Properties['RouteKey'] !== '$connect') continue
    Object.assign(route.Properties, {
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: authorizerId },
    })
  }
}

/** A stage whose door the authorizer keeps. */
const authorized = gateway.shared((template) => authorizeConnects(template))

/** The same, with identity sources. */
function authorizedBy(...identitySource: string[]): Promise<GatewayTarget> {
  return gateway.edited((template) => authorizeConnects(template, identitySource))
}

/** The status that a client sees: 101, or the refusal's. */
async function statusOf(
  stage: GatewayTarget,
  wishes: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<number> {
  const url = stage.asking(wishes)
  try {
    const client = await TestClient.connect(url, { headers })
    await client.close()
    return 101
  } catch {
    return (await refusedHandshake(url, { headers })).status
  }
}

describe('the identity sources', () => {
  it('A1: are all needed, else it is 401 and the authorizer is not asked', async () => {
    const stage = await authorizedBy('route.request.header.X-Who', 'route.request.querystring.why')
    const who = { 'x-who': 'me' }
    const why = { why: 'because' }
    expect(await statusOf(stage, {}, {})).toBe(401)
    expect(await statusOf(stage, why, {})).toBe(401)
    expect(await statusOf(stage, {}, who)).toBe(401)
    expect(await statusOf(stage, { why: '' }, who)).toBe(401)
    expect(await statusOf(stage, why, { 'x-who': '' })).toBe(401)
    expect(stage.need('local').trace.ofKind('invocation')).toEqual([])
    expect(await statusOf(stage, why, who)).toBe(101)
  })

  it('A8: may be in the query or the subprotocols, where a browser can put a token', async () => {
    const strict = await authorizedBy('route.request.header.Sec-WebSocket-Protocol')
    expect(await statusOf(strict, { protocol: 'chat' })).toBe(401)
    const subprotocols = ['chat', 'bearer.token']
    const admitted = await TestClient.connect(strict.asking({ protocol: 'chat' }), { subprotocols })
    await admitted.close()

    const stage = await authorized()
    const tag = newTag()
    const url = stage.asking({ tag, protocol: 'chat', token: 'secret' })
    const client = await TestClient.connect(url, { subprotocols })
    const event = await stage.event('CONNECT', `authorizer ${tag}`)
    expect(event.headers).toMatchObject({ 'Sec-WebSocket-Protocol': 'chat,bearer.token' })
    expect(event).toMatchObject({ queryStringParameters: { token: 'secret' } })
    await client.close()
  })
})

describe('what the authorizer says', () => {
  it('A2: is 401 when it throws exactly "Unauthorized"', async () => {
    const stage = await authorized()
    expect(await statusOf(stage, { throws: 'Unauthorized' })).toBe(401)
  })

  it('A3: is 403 when its policy denies, or does not cover the route', async () => {
    const stage = await authorized()
    expect(await statusOf(stage, {})).toBe(101)
    expect(await statusOf(stage, { effect: 'Deny' })).toBe(403)
    for (const [resource, status] of [
      ['{api}/test/$connect', 101],
      ['{api}/test/*', 101],
      ['{api}/*', 101],
      ['*', 101],
      ['{api}/test/*/*', 403],
      ['{api}/other/*', 403],
      ['{api}/test/$disconnect', 403],
      ['arn:aws:execute-api:us-east-1:000000000000:other/*', 403],
    ] as const) {
      expect([resource, await statusOf(stage, { resource })]).toEqual([resource, status])
    }
  })

  it('A3: is 403 when a condition of its policy does not hold', async () => {
    const stage = await authorized()
    const answering = (...statements: object[]): Record<string, string> => ({
      answer: JSON.stringify({ principalId: 'x', policyDocument: { Statement: statements } }),
    })
    const allow = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }
    const deny = { ...allow, Effect: 'Deny' }
    const past = { Condition: { DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } }
    const now = { Condition: { DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } } }
    expect(await statusOf(stage, answering({ ...allow, ...past }))).toBe(403)
    expect(await statusOf(stage, answering({ ...allow, ...now }))).toBe(101)
    expect(await statusOf(stage, answering(allow, { ...deny, ...past }))).toBe(101)
    expect(await statusOf(stage, answering(allow, { ...deny, ...now }))).toBe(403)
  })

  it('is 500 for a condition that is not known here', async () => {
    const stage = await authorized()
    stage.need('local')
    const Condition = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }
    const Statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*', Condition }
    const answer = JSON.stringify({ principalId: 'x', policyDocument: { Statement } })
    expect(await statusOf(stage, { answer })).toBe(500)
  })

  it('A4: is 500 when it throws anything else, or says nothing that is valid', async () => {
    const stage = await authorized()
    for (const throws of ['unauthorized', 'Unauthorized.', 'Error: Unauthorized', 'x']) {
      expect([throws, await statusOf(stage, { throws })]).toEqual([throws, 500])
    }
    const allowed = { Version: '2012-10-17', Statement: [] }
    for (const answer of [
      null,
      'allow',
      {},
      { principalId: 'x' },
      { policyDocument: allowed },
      { principalId: 7, policyDocument: allowed },
      { principalId: 'x', policyDocument: { Statement: [{ Effect: 'Maybe' }] } },
    ]) {
      const text = JSON.stringify(answer)
      expect([text, await statusOf(stage, { answer: text })]).toEqual([text, 500])
    }
    for (const context of ['{"a":{"b":1}}', '{"a":[1]}', '[1]', '"text"']) {
      expect([context, await statusOf(stage, { context })]).toEqual([context, 500])
    }
  })

  it('A4: is 500 when API Gateway may not invoke it', async () => {
    const stage = await gateway.edited((template) => {
      authorizeConnects(template)
      removeResources(template, 'AWS::Lambda::Permission', (_, id) => id.includes('Authorize'))
    })
    expect(await statusOf(stage, {})).toBe(500)
    expect(stage.need('local').trace.ofKind('invocation')).toEqual([])
  })

  it('A5: is in every event of the connection, as text', async () => {
    const stage = await authorized()
    const context = JSON.stringify({ text: 'a', number: 7.5, flag: true, nothing: null })
    const client = await TestClient.connect(stage.asking({ context }))
    const connectionId = await client.connectionId()
    client.send('anything')
    await client.next()
    await client.close()
    for (const eventType of ['CONNECT', 'MESSAGE', 'DISCONNECT']) {
      const { requestContext } = await stage.event(eventType, connectionId)
      expect(requestContext['authorizer']).toEqual({
        principalId: 'someone',
        text: 'a',
        number: '7.5',
        flag: 'true',
      })
    }
  })

  it('A6: is asked anew for every handshake', async () => {
    const stage = await authorized()
    const { trace } = stage.need('local')
    const invocations = () =>
      trace.ofKind('invocation').filter(({ functionName }) => functionName.includes('Authorize'))
        .length
    const before = invocations()
    for (const status of [101, 403, 101]) {
      const wishes: Record<string, string> = status === 101 ? {} : { effect: 'Deny' }
      expect(await statusOf(stage, wishes)).toBe(status)
    }
    // Those that are refused are tried twice: once for the status.
    expect(invocations()).toBe(before + 4)
  })
})

describe('what the authorizer is told', () => {
  it('A7: is the request, with the ARN of $connect', async () => {
    const stage = await authorized()
    const tag = newTag()
    const client = await TestClient.connect(stage.asking({ tag, a: '1' }))
    const { apiId, account } = { apiId: stage.apiId, account: stage.need('local').app.account }
    const [event] = await stage.events('CONNECT', `authorizer ${tag}`)
    const [connect] = await stage.events('CONNECT', tag)
    expect(event).toEqual({
      type: 'REQUEST',
      methodArn: account.arn('execute-api', `${String(apiId)}/test/$connect`),
      headers: expect.objectContaining({
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        Host: new URL(stage.url).host,
      }),
      multiValueHeaders: expect.objectContaining({ Upgrade: ['websocket'] }),
      queryStringParameters: { tag, a: '1' },
      multiValueQueryStringParameters: { tag: [tag], a: ['1'] },
      stageVariables: {},
      requestContext: {
        ...connect?.requestContext,
        authorizer: undefined,
        requestId: expect.any(String),
        extendedRequestId: expect.any(String),
        requestTime: expect.any(String),
        requestTimeEpoch: expect.any(Number),
      },
    })
    await client.close()
  })
})
