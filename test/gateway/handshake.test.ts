import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { removeResources, resourcesOfType } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { Gate } from '../support/gate.ts'
import { rawHandshake, textFrame } from '../support/raw-handshake.ts'
import { loggedEvents, removeRoute, startEdited, startFixture } from './fixture-app.ts'

let local: Local
beforeAll(async () => {
  local = await startFixture()
})
afterAll(() => local.close())

/** The stage's URL with what `$connect` shall do. */
function asking(wishes: Record<string, string>): string {
  return `${local.url}?${new URLSearchParams(wishes).toString()}`
}

describe('the path', () => {
  it.each(['', '/', '?a=b', '/?a=b'])('H1: connects at /{stage}%s', async (ending) => {
    const client = await TestClient.connect(local.url + ending)
    await client.close()
  })

  it.each(['/', '/other', '/test/more', '/tes', '/Test', '/test//', '//test'])(
    'H2: refuses the path %s with 403 (assumed)',
    async (path) => {
      const refusal = await refusedHandshake(new URL(local.url).origin + path)
      expect(refusal).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' })
    },
  )

  it('H13: answers a plain GET with 426', async () => {
    const answer = await fetch(local.url.replace(/^ws/, 'http'))
    expect(answer.status).toBe(426)
  })
})

it.each([
  ['no key', { 'Sec-WebSocket-Key': '' }],
  ['another protocol', { Upgrade: 'h2c' }],
  ['a version that nobody speaks', { 'Sec-WebSocket-Version': '7' }],
])('refuses an upgrade with %s, and runs no $connect', async (_, headers) => {
  const before = loggedEvents(local, 'CONNECT').length
  expect((await rawHandshake(local.url, headers).answer).status).toBe(400)
  expect(loggedEvents(local, 'CONNECT')).toHaveLength(before)
})

describe('what $connect returns', () => {
  it.each(['200', '204', '299'])('H3: connects when $connect returns %s', async (status) => {
    const { answer } = rawHandshake(asking({ status }))
    expect((await answer).status).toBe(101)
  })

  it('H3: leaves the upgrade and the messages waiting until $connect has finished', async () => {
    const gate = new Gate()
    const early = 'sent before the answer'
    const handshake = rawHandshake(asking({ gate: gate.file }))
    let answered = false
    void handshake.answer.then(() => (answered = true))
    handshake.write(textFrame(early))
    await eventually(() => JSON.stringify(loggedEvents(local, 'CONNECT')).includes(gate.file))
    const receivedEarly = () => loggedEvents(local, 'MESSAGE').some(({ body }) => body === early)

    await sleep(150)
    expect(answered).toBe(false)
    expect(receivedEarly()).toBe(false)

    gate.open()
    expect((await handshake.answer).status).toBe(101)
    await eventually(receivedEarly)
  })

  it.each(['300', '301', '400', '401', '403', '404', '429', '500', '501', '503'])(
    'H4: refuses with the status %s that $connect returns',
    async (status) => {
      const refusal = await refusedHandshake(asking({ status }))
      expect(refusal.status).toBe(Number(status))
    },
  )

  it('H5: answers 502 when the $connect Lambda throws', async () => {
    expect(await refusedHandshake(asking({ fail: '' }))).toMatchObject({ status: 502 })
  })

  it.each(['101', '199', '200.5', '600', '0', '-1'])(
    'H6: answers 502 when $connect returns %s, which is no status to answer with (assumed)',
    async (status) => {
      expect(await refusedHandshake(asking({ status }))).toMatchObject({ status: 502 })
    },
  )

  it.each(['{}', 'null', '"ok"', '[]', '{"statusCode":"200"}', '{"statusCode":null}'])(
    'H6: answers 502 when $connect returns %s, without a numeric statusCode (assumed)',
    async (returns) => {
      expect(await refusedHandshake(asking({ returns }))).toMatchObject({ status: 502 })
    },
  )
})

describe('subprotocols and headers', () => {
  it('H10: answers with the subprotocol that $connect returned, though not first offered', async () => {
    const subprotocols = ['alpha', 'beta']
    const client = await TestClient.connect(asking({ protocol: 'beta' }), { subprotocols })
    expect(client.socket.protocol).toBe('beta')
    await client.close()
  })

  it('H10: answers with what $connect returned as it is, though not offered', async () => {
    const offered = { 'Sec-WebSocket-Protocol': 'alpha' }
    const { headers } = await rawHandshake(asking({ protocol: 'Gamma.v1' }), offered).answer
    expect(headers['sec-websocket-protocol']).toBe('Gamma.v1')
  })

  it('H10: answers with what $connect returned under a header name in lower case', async () => {
    const returns = '{"statusCode":200,"headers":{"sec-websocket-protocol":"alpha"}}'
    const { headers } = await rawHandshake(asking({ returns })).answer
    expect(headers['sec-websocket-protocol']).toBe('alpha')
  })

  it('H10: chooses no subprotocol when $connect returned none', async () => {
    const offered = { 'Sec-WebSocket-Protocol': 'alpha, beta' }
    const { status, headers } = await rawHandshake(local.url, offered).answer
    expect(status).toBe(101)
    expect(headers).not.toHaveProperty('sec-websocket-protocol')
  })

  it('H11: forwards no other header of the $connect response, and not its body', async () => {
    const { headers } = await rawHandshake(local.url).answer
    expect(Object.keys(headers).toSorted()).toEqual([
      'connection',
      'sec-websocket-accept',
      'upgrade',
    ])
    const client = await TestClient.connect(local.url)
    client.send({ action: 'ping-default' })
    // The first thing that arrives is the answer to a message.
    expect(await client.next()).toHaveProperty('connectionId')
    await client.close()
  })

  it('H11: forwards no header and no body when it refuses', async () => {
    const { headers, body } = await refusedHandshake(asking({ status: '401' }))
    expect(headers).not.toHaveProperty('x-from-connect')
    expect(body).not.toContain('from $connect')
  })
})

describe('another template', () => {
  it('H7: answers 504 when $connect takes longer than its timeout (assumed)', async () => {
    const hasty = await startEdited((template) => {
      for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Integration'))
        if (Properties['IntegrationType'] === 'AWS_PROXY') Properties['TimeoutInMillis'] = 50
    })
    const query = new URLSearchParams({ gate: new Gate().file }).toString()
    expect(await refusedHandshake(`${hasty.url}?${query}`)).toMatchObject({ status: 504 })
  })

  it('H8: answers 500 when API Gateway may not invoke the $connect Lambda (assumed)', async () => {
    const locked = await startEdited((template) => {
      removeResources(template, 'AWS::Lambda::Permission', (_, id) => id.includes('connectRoute'))
    })
    expect(await refusedHandshake(locked.url)).toMatchObject({ status: 500 })
    expect(locked.trace.ofKind('invocation')).toEqual([])
    const refused = { action: 'lambda:InvokeFunction', allowed: false }
    expect(locked.trace.ofKind('call')).toEqual([expect.objectContaining(refused)])
  })

  it.each([
    [101, 'by its name', (name: string) => name],
    [500, 'by the end of its name', (name: string) => name.slice(1)],
  ])('H8: answers %i when the permission names the Lambda %s', async (status, _, edit) => {
    const name = 'Fixture-named'
    const named = await startEdited((template) => {
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
  })

  it('H9: connects when the API has no $connect route', async () => {
    const open = await startEdited((template) => removeRoute(template, '$connect'))
    const client = await TestClient.connect(open.url)
    expect(await client.connectionId()).toMatch(/=$/)
    await client.close()
    expect(loggedEvents(open, 'CONNECT')).toEqual([])
  })
})
