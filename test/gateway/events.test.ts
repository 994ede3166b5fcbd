import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { describe, expect, it } from 'vitest'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { resourcesOfType } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import type { ReceivedEvent } from './observer.ts'
import { gatewayTarget, newTag } from './target.ts'

const ID = expect.stringMatching(/^[\w-]{15}=$/)

const gateway = gatewayTarget()

interface Connected {
  readonly client: TestClient
  readonly connectionId: string
  /** What `$connect` received. */
  readonly event: ReceivedEvent
}

async function connect(
  ending = '',
  options: Parameters<typeof TestClient.connect>[1] = {},
): Promise<Connected> {
  const client = await TestClient.connect(gateway.url + ending, options)
  const connectionId = await client.connectionId()
  return { client, connectionId, event: await gateway.event('CONNECT', connectionId) }
}

/** What is the same in the requestContext of all events of a connection. */
function commonContext(connectionId: string): Record<string, unknown> {
  return {
    extendedRequestId: ID,
    requestTime: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
    messageDirection: 'IN',
    stage: 'test',
    connectedAt: expect.any(Number),
    requestTimeEpoch: expect.any(Number),
    identity: { sourceIp: gateway.sourceIp },
    requestId: ID,
    domainName: new URL(gateway.url).host,
    connectionId,
    apiId: gateway.apiId,
  }
}

describe('CONNECT', () => {
  it('E1: has this requestContext, and no body, method, path, query or variables', async () => {
    const { client, connectionId, event } = await connect()
    expect(connectionId).toEqual(ID)
    expect(event).toStrictEqual({
      headers: expect.anything(),
      multiValueHeaders: expect.anything(),
      requestContext: {
        ...commonContext(connectionId),
        routeKey: '$connect',
        eventType: 'CONNECT',
      },
      isBase64Encoded: false,
    })
    await client.close()
  })

  it('E1: tells the time in milliseconds and as text, and one id twice', async () => {
    const before = Date.now()
    const { client, event } = await connect()
    const { requestContext } = event
    expect(requestContext['connectedAt']).toBeGreaterThanOrEqual(before - gateway.clockSkewMs)
    expect(requestContext['requestTimeEpoch']).toBeLessThanOrEqual(Date.now() + gateway.clockSkewMs)
    // Date understands it with a space before the time.
    const text = String(requestContext['requestTime']).replace(':', ' ')
    const seconds = Math.floor(Number(requestContext['requestTimeEpoch']) / 1000)
    expect(Date.parse(text)).toBe(seconds * 1000)
    expect(requestContext['extendedRequestId']).toBe(requestContext['requestId'])
    await client.close()
  })

  it('E1: has every header as the client wrote it, and those of the gateway', async () => {
    const { client, event } = await connect('', {
      headers: { 'X-CamelCase': 'v', 'User-Agent': 'Tester/1' },
      finishRequest: (request) => request.setHeader('x-twice', ['one', 'two']).end(),
    })
    const names = {
      Host: new URL(gateway.url).host,
      'X-CamelCase': 'v',
      'User-Agent': 'Tester/1',
      'Sec-WebSocket-Key': expect.any(String),
      'Sec-WebSocket-Version': '13',
      'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
      'X-Forwarded-For': gateway.sourceIp,
      'X-Forwarded-Port': new URL(gateway.url).port || '443',
      'X-Forwarded-Proto': expect.any(String),
    }
    expect(event['headers']).toMatchObject({ ...names, 'x-twice': 'two' })
    expect(event['multiValueHeaders']).toMatchObject({
      ...Object.fromEntries(Object.entries(names).map(([name, value]) => [name, [value]])),
      'x-twice': ['one', 'two'],
    })
    await client.close()
  })

  it('E1: leaves out Connection, Upgrade and content-length', async () => {
    const { client, event } = await connect('', { headers: { 'Content-Length': '0' } })
    const names = Object.keys({ ...event.headers, ...event.multiValueHeaders })
    const lowerCase = names.map((name) => name.toLowerCase())
    expect(lowerCase).toContain('host')
    for (const name of ['connection', 'upgrade', 'content-length']) {
      expect(lowerCase).not.toContain(name)
    }
    await client.close()
  })

  it('E1: has the query decoded, in both forms', async () => {
    const { client, event } = await connect('?a=1&a=2&name=J%C3%B6rg+B&empty=')
    expect(event['queryStringParameters']).toEqual({ a: '2', name: 'Jörg B', empty: '' })
    expect(event['multiValueQueryStringParameters']).toEqual({
      a: ['1', '2'],
      name: ['Jörg B'],
      empty: [''],
    })
    await client.close()
  })

  it('E1: has the user agent beside the address only if the client sent one', async () => {
    const { client, event } = await connect('', { headers: { 'User-Agent': 'Tester/1' } })
    expect(event.requestContext['identity']).toStrictEqual({
      sourceIp: gateway.sourceIp,
      userAgent: 'Tester/1',
    })
    await client.close()
  })
})

describe('MESSAGE', () => {
  it('E2: has the raw text, and no headers and no query', async () => {
    const { client, connectionId } = await connect('?a=b')
    const text = ' {"action": "echo", "text":"Jörg \\n😀"} '
    client.send(text)
    expect(await client.next()).toStrictEqual({
      requestContext: {
        ...commonContext(connectionId),
        routeKey: 'echo',
        eventType: 'MESSAGE',
        messageId: ID,
      },
      body: text,
      isBase64Encoded: false,
    })
    await client.close()
  })

  it('E2: has ids of its own for every message, and the connection’s time of connecting', async () => {
    const { client, connectionId, event } = await connect()
    for (const text of ['one', 'two']) {
      client.send(text)
      await client.next()
    }
    const messages = await gateway.events('MESSAGE', connectionId)
    const events = [event, ...messages].map(({ requestContext }) => requestContext)
    expect(new Set(events.map(({ requestId }) => requestId)).size).toBe(3)
    expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(3)
    expect(new Set(events.map(({ connectedAt }) => connectedAt)).size).toBe(1)
    await client.close()
  })

  it('E5: invokes for a message while an earlier one is still at work', async () => {
    const { client } = await connect()
    const gate = gateway.gate()
    client.send({ action: 'echo', gate: gate.name })
    client.send({ action: 'echo', text: 'second' })
    expect(await client.nextText()).toContain('second')
    await gate.open()
    expect(await client.nextText()).toContain(gate.name)
    await client.close()
  })
})

/** By the time that a later one has come, an earlier one would have come too. */
async function disconnectOfAnother(): Promise<void> {
  const { client, connectionId } = await connect()
  await client.close()
  await gateway.event('DISCONNECT', connectionId)
}

describe('DISCONNECT', () => {
  it('E3: has these headers, how it ended, and no body', async () => {
    const { client, connectionId } = await connect('?a=b')
    await client.close(4001, 'enough')
    expect(await gateway.event('DISCONNECT', connectionId)).toStrictEqual({
      headers: {
        Host: new URL(gateway.url).host,
        'x-api-key': '',
        'X-Forwarded-For': '',
        'x-restapi': '',
      },
      multiValueHeaders: {
        Host: [new URL(gateway.url).host],
        'x-api-key': [''],
        'X-Forwarded-For': [''],
        'x-restapi': [''],
      },
      requestContext: {
        ...commonContext(connectionId),
        routeKey: '$disconnect',
        eventType: 'DISCONNECT',
        disconnectStatusCode: 4001,
        disconnectReason: 'enough',
      },
      isBase64Encoded: false,
    })
  })

  it.each<Record<string, string>>([{ status: '401' }, { fail: '' }, { returns: 'null' }])(
    'E6: does not come for a handshake that the function has refused with %j',
    async (wishes) => {
      const tag = newTag()
      await refusedHandshake(gateway.asking({ ...wishes, tag }))
      const { requestContext } = await gateway.event('CONNECT', tag)
      await disconnectOfAnother()
      const connectionId = String(requestContext['connectionId'])
      expect(await gateway.events('DISCONNECT', connectionId)).toEqual([])
    },
  )

  it('E6: does not come for any refused handshake', async () => {
    const fresh = await gateway.edited(() => {})
    for (const ending of ['?status=401', '?fail=', '?returns=null', '/elsewhere']) {
      await refusedHandshake(fresh.url + ending)
    }
    const client = await TestClient.connect(fresh.url)
    const connectionId = await client.connectionId()
    await client.close()
    await fresh.event('DISCONNECT', connectionId)
    const { trace } = fresh.need('local')
    expect(trace.ofKind('disconnect')).toHaveLength(1)
    const ofDisconnect = await eventually(() => {
      const ended = trace
        .ofKind('invocation')
        .filter(({ functionName }) => functionName.includes('-Disconnect'))
      return ended.length > 0 && ended
    })
    expect(ofDisconnect).toHaveLength(1)
  })

  it.each([
    ['the client has closed', ({ client }: Connected) => client.close()],
    [
      'the backend has closed',
      ({ connectionId }: Connected) =>
        gateway.management.send(new DeleteConnectionCommand({ ConnectionId: connectionId })),
    ],
  ])('E6: comes once when %s', async (_, end) => {
    const connected = await connect()
    const { client, connectionId } = connected
    await end(connected)
    await client.closed
    await gateway.event('DISCONNECT', connectionId)
    await disconnectOfAnother()
    expect(await gateway.events('DISCONNECT', connectionId)).toHaveLength(1)
  })
})

describe('stage variables', () => {
  it('E4: are in every event when the stage has some', async () => {
    const stageVariables = { colour: 'blue', size: '7' }
    const varied = await gateway.edited((template) => {
      for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Stage')) {
        Properties['StageVariables'] = stageVariables
      }
    })
    const client = await TestClient.connect(varied.url)
    const connectionId = await client.connectionId()
    client.send('anything')
    await client.next()
    await client.close()
    for (const eventType of ['CONNECT', 'MESSAGE', 'DISCONNECT']) {
      const event = await varied.event(eventType, connectionId)
      expect(event['stageVariables']).toEqual(stageVariables)
    }
  })

  it.each(['CONNECT', 'MESSAGE', 'DISCONNECT'])(
    'E4: are absent from %s when the stage has none',
    async (eventType) => {
      const { client, connectionId } = await connect()
      client.send('anything')
      await client.next()
      await client.close()
      expect(await gateway.event(eventType, connectionId)).not.toHaveProperty('stageVariables')
    },
  )
})
