import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { removeResources, resourcesOfType } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { clientFrame } from '../support/client-frame.ts'
import { rawHandshake } from '../support/raw-handshake.ts'
import { removeRoute } from './remove-route.ts'
import { gatewayTarget, newTag } from './target.ts'

const INTEGRATION = 'AWS::ApiGatewayV2::Integration'

const gateway = gatewayTarget()

describe('the path', () => {
  it.each(['', '/', '?a=b', '/?a=b'])('H1: connects at /{stage}%s', async (ending) => {
    const client = await TestClient.connect(gateway.url + ending)
    await client.close()
  })

  it.each(['/', '/other', '/test/more', '/tes', '/Test', '/test//', '//test'])(
    'H2: refuses the path %s with 403 (assumed)',
    async (path) => {
      const refusal = await refusedHandshake(new URL(gateway.url).origin + path)
      expect(refusal).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' })
    },
  )

  it('H13: answers a plain GET with 426', async () => {
    const answer = await fetch(gateway.url.replace(/^ws/, 'http'))
    expect(answer.status).toBe(426)
  })
})

it.each([
  ['no key', { 'Sec-WebSocket-Key': '' }],
  ['another protocol', { Upgrade: 'h2c' }],
  ['a key that is no Base64', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZ_==' }],
  ['a version that nobody speaks', { 'Sec-WebSocket-Version': '7' }],
  ['a key that is no base64', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j_Q==' }],
  ['a subprotocol twice', { 'Sec-WebSocket-Protocol': 'chat, chat' }],
  ['a subprotocol without a name', { 'Sec-WebSocket-Protocol': 'chat, , other' }],
  ['a subprotocol that is no token', { 'Sec-WebSocket-Protocol': 'chat, a b' }],
])('refuses an upgrade with %s, and runs no $connect', async (_, headers) => {
  // What API Gateway answers to it, the contract does not say.
  const { trace } = gateway.need('local')
  const invoked = () =>
    trace.ofKind('invocation').filter(({ functionName }) => functionName.includes('-Connect'))
  const before = invoked().length
  const tag = newTag()
  expect((await rawHandshake(gateway.asking({ tag }), headers).answer).status).toBe(400)
  expect(invoked()).toHaveLength(before)
  expect(await gateway.events('CONNECT', tag)).toEqual([])
})

describe('what $connect returns', () => {
  it.each(['200', '204', '299'])('H3: connects when $connect returns %s', async (status) => {
    const { answer } = rawHandshake(gateway.asking({ status }))
    expect((await answer).status).toBe(101)
  })

  it('H3: leaves the upgrade and the messages waiting until $connect has finished', async () => {
    const gate = gateway.gate()
    const tag = newTag()
    const early = 'sent before the answer'
    const handshake = rawHandshake(gateway.asking({ gate: gate.name, tag }))
    let answered = false
    void handshake.answer.then(() => (answered = true))
    handshake.write(clientFrame(early))
    const { requestContext } = await gateway.event('CONNECT', tag)
    const connectionId = String(requestContext['connectionId'])
    const receivedEarly = async () => {
      const messages = await gateway.events('MESSAGE', connectionId)
      return messages.some(({ body }) => body === early)
    }

    await sleep(150)
    expect(answered).toBe(false)
    expect(await receivedEarly()).toBe(false)

    await gate.open()
    expect((await handshake.answer).status).toBe(101)
    await eventually(receivedEarly)
  })

  it.each(['300', '301', '400', '401', '403', '404', '429', '500', '501', '503'])(
    'H4: refuses with the status %s that $connect returns',
    async (status) => {
      const refusal = await refusedHandshake(gateway.asking({ status }))
      expect(refusal.status).toBe(Number(status))
    },
  )

  it('H5: answers 502 when the $connect Lambda throws', async () => {
    expect(await refusedHandshake(gateway.asking({ fail: '' }))).toMatchObject({ status: 502 })
  })

  it.each(['101', '199', '200.5', '600', '0', '-1'])(
    'H6: answers 502 when $connect returns %s, which is no status to answer with (assumed)',
    async (status) => {
      expect(await refusedHandshake(gateway.asking({ status }))).toMatchObject({ status: 502 })
    },
  )

  it.each(['{}', 'null', '"ok"', '[]', '{"statusCode":"200"}', '{"statusCode":null}'])(
    'H6: answers 502 when $connect returns %s, without a numeric statusCode (assumed)',
    async (returns) => {
      expect(await refusedHandshake(gateway.asking({ returns }))).toMatchObject({ status: 502 })
    },
  )
})

describe('subprotocols and headers', () => {
  it('H10: answers with the subprotocol that $connect returned, though not first offered', async () => {
    const subprotocols = ['alpha', 'beta']
    const client = await TestClient.connect(gateway.asking({ protocol: 'beta' }), { subprotocols })
    expect(client.socket.protocol).toBe('beta')
    await client.close()
  })

  it('H10: answers with what $connect returned as it is, though not offered', async () => {
    const offered = { 'Sec-WebSocket-Protocol': 'alpha' }
    const { headers } = await rawHandshake(gateway.asking({ protocol: 'Gamma.v1' }), offered).answer
    expect(headers['sec-websocket-protocol']).toBe('Gamma.v1')
  })

  it('H10: answers with what $connect returned under a header name in lower case', async () => {
    const returns = '{"statusCode":200,"headers":{"sec-websocket-protocol":"alpha"}}'
    const { headers } = await rawHandshake(gateway.asking({ returns })).answer
    expect(headers['sec-websocket-protocol']).toBe('alpha')
  })

  it.each(['{"toString":1}', '[{"toString":1}]', 'null'])(
    'H11: connects when $connect returned a header that has no text: %s',
    async (value) => {
      const returns = `{"statusCode":200,"headers":{"x":${value}}}`
      expect((await rawHandshake(gateway.asking({ returns })).answer).status).toBe(101)
    },
  )
  it('do not let what $connect returned begin another header', async () => {
    gateway.need('local')
    const headers = { 'Sec-WebSocket-Protocol': 'alpha\r\nX-From-Connect: yes' }
    const returns = JSON.stringify({ statusCode: 200, headers })
    const answer = await rawHandshake(gateway.asking({ returns })).answer
    expect(answer.headers).not.toHaveProperty('x-from-connect')
  })

  it('H10: chooses no subprotocol when $connect returned none', async () => {
    const offered = { 'Sec-WebSocket-Protocol': 'alpha, beta' }
    const { status, headers } = await rawHandshake(gateway.url, offered).answer
    expect(status).toBe(101)
    expect(headers).not.toHaveProperty('sec-websocket-protocol')
  })

  it('H11: forwards no other header of the $connect response, and not its body', async () => {
    const { headers } = await rawHandshake(gateway.url).answer
    expect(headers).not.toHaveProperty('x-from-connect')
    if (gateway.capabilities.local) {
      // API Gateway has headers of its own besides.
      const names = Object.keys(headers).toSorted()
      expect(names).toEqual(['connection', 'sec-websocket-accept', 'upgrade'])
    }
    const client = await TestClient.connect(gateway.url)
    client.send({ action: 'ping-default' })
    // The first thing that arrives is the answer to a message.
    expect(await client.next()).toHaveProperty('connectionId')
    await client.close()
  })

  it('H11: forwards no header and no body when it refuses', async () => {
    const { headers, body } = await refusedHandshake(gateway.asking({ status: '401' }))
    expect(headers).not.toHaveProperty('x-from-connect')
    expect(body).not.toContain('from $connect')
  })
})

describe('permessage-deflate', () => {
  it.each([true, false])('H14: works when the client offers it: %s', async (perMessageDeflate) => {
    const client = await TestClient.connect(gateway.url, { perMessageDeflate })
    const { extensions } = client.socket
    expect(extensions).toMatch(perMessageDeflate ? /^$|^permessage-deflate/ : /^$/)
    // Long enough to be compressed, and half of it can be.
    const body = 'compressible '.repeat(500) + randomBytes(5_000).toString('base64')
    client.send({ action: 'echo', returns: { statusCode: 200, body } })
    expect((await client.nextText()) === body).toBe(true)
    await client.close()
  })
})

describe('another template', () => {
  it('H7: answers 504 when $connect takes longer than its timeout (assumed)', async () => {
    // Where the template stays as it is, this takes the 29 seconds that API Gateway waits by default.
    const hasty = gateway.capabilities.edited
      ? await gateway.edited((template) => {
          for (const [, { Properties }] of resourcesOfType(template, INTEGRATION))
            if (Properties['IntegrationType'] === 'AWS_PROXY') Properties['TimeoutInMillis'] = 50
        })
      : gateway
    const held = hasty.asking({ gate: hasty.gate().name })
    expect(await refusedHandshake(held)).toMatchObject({ status: 504 })
  })

  it('H8: answers 500 when API Gateway may not invoke the $connect Lambda (assumed)', async () => {
    const locked = await gateway.edited((template) => {
      removeResources(template, 'AWS::Lambda::Permission', (_, id) => id.includes('connectRoute'))
    })
    expect(await refusedHandshake(locked.url)).toMatchObject({ status: 500 })
    const { trace } = locked.need('local')
    expect(trace.ofKind('invocation')).toEqual([])
    const refused = { action: 'lambda:InvokeFunction', allowed: false }
    expect(trace.ofKind('call')).toEqual([expect.objectContaining(refused)])
  })

  it.each([
    [101, 'by its name', (name: string) => name],
    [500, 'by the end of its name', (name: string) => name.slice(1)],
  ])(
    'H8: answers %i when the permission names the Lambda %s (assumed)',
    async (status, _, edit) => {
      const name = 'Fixture-named'
      const named = await gateway.edited((template) => {
        for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
          if (Type === 'AWS::Lambda::Function' && id.startsWith('Connect')) {
            Properties['FunctionName'] = name
          }
          if (Type === 'AWS::Lambda::Permission' && id.includes('connectRoute')) {
            Properties['FunctionName'] = edit(name)
          }
        }
      })
      expect((await rawHandshake(named.url).answer).status).toBe(status)
    },
  )

  it('H9: connects when the API has no $connect route', async () => {
    const open = await gateway.edited((template) => removeRoute(template, '$connect'))
    const client = await TestClient.connect(open.url)
    const connectionId = await client.connectionId()
    expect(connectionId).toMatch(/=$/)
    expect(await open.events('CONNECT', connectionId)).toEqual([])
    await client.close()
  })
})
