import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { beforeAll, describe, expect, it } from 'vitest'
import { answerTo as answerOf, type Answer } from '../support/answer-to.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { rawHandshake } from '../support/raw-handshake.ts'
import { gatewayTarget, newTag } from './target.ts'

const MAX_BYTES = 131_072
/** Well-formed, and nobody's. */
const NOBODY = 'AAAAAAAAAAAAAAA='

type Call = (client: ApiGatewayManagementApiClient) => Promise<unknown>

const gateway = gatewayTarget()
let sdk: ApiGatewayManagementApiClient
beforeAll(() => {
  sdk = gateway.management
})

function post(ConnectionId: string, Data: string | Uint8Array = 'hello'): Call {
  return (client) => client.send(new PostToConnectionCommand({ ConnectionId, Data }))
}

function get(ConnectionId: string): Call {
  return (client) => client.send(new GetConnectionCommand({ ConnectionId }))
}

function remove(ConnectionId: string): Call {
  return (client) => client.send(new DeleteConnectionCommand({ ConnectionId }))
}

/** The answer as it is, before the SDK has read it. */
function answerTo(call: Call, editPath?: (path: string) => string): Promise<Answer> {
  return answerOf({ callbackUrl: gateway.callbackUrl, ...gateway.signer }, call, editPath)
}

const VERBS = [
  ['POST', (id: string) => post(id)],
  ['GET', get],
  ['DELETE', remove],
] as const

async function connect(): Promise<{ client: TestClient; connectionId: string }> {
  const client = await TestClient.connect(gateway.url)
  return { client, connectionId: await client.connectionId() }
}

describe('POST', () => {
  it('P1: sends the client one text message, and answers 200 with an empty body', async () => {
    const { client, connectionId } = await connect()
    const bystander = await connect()
    const kinds: boolean[] = []
    client.socket.on('message', (_, isBinary) => kinds.push(isBinary))
    const text = ' {"grüße":\n"😀"} '
    expect(await answerTo(post(connectionId, text))).toMatchObject({ status: 200, body: '' })
    expect(await client.nextText()).toBe(text)
    // As bytes it is the same message.
    await post(connectionId, new TextEncoder().encode(text))(sdk)
    expect(await client.nextText()).toBe(text)
    expect(kinds).toEqual([false, false])
    expect(client.pending).toEqual([])
    expect(bystander.client.pending).toEqual([])
  })

  it('P1: carries 131072 bytes as one message', async () => {
    const { client, connectionId } = await connect()
    const text = 'ü'.repeat(MAX_BYTES / 2)
    await post(connectionId, text)(sdk)
    expect((await client.nextText()) === text).toBe(true)
    await client.close()
  })

  it('P1: reaches the client from a Lambda, while that handles the client’s message', async () => {
    const { client, connectionId } = await connect()
    client.send({ action: 'post', to: connectionId, data: 'from a Lambda' })
    expect(await client.nextText()).toBe('from a Lambda')
    expect(await client.next()).toEqual({ outcome: 'sent' })
    await client.close()
  })

  it('P10: answers 200 when it has accepted the message, though the client reads nothing', async () => {
    const tag = newTag()
    const handshake = rawHandshake(gateway.asking({ tag }))
    expect((await handshake.answer).status).toBe(101)
    handshake.line.pause()
    const { requestContext } = await gateway.event('CONNECT', tag)
    const connectionId = String(requestContext['connectionId'])
    expect(await answerTo(post(connectionId))).toMatchObject({ status: 200, body: '' })
  })

  it('P11: delivers what is awaited one after another in that order (assumed)', async () => {
    const { client, connectionId } = await connect()
    const texts = Array.from({ length: 50 }, (_, index) => String(index))
    for (const text of texts) await post(connectionId, text)(sdk)
    const received: string[] = []
    while (received.length < texts.length) received.push(await client.nextText())
    expect(received).toEqual(texts)
    await client.close()
  })

  it('P6: refuses 131073 bytes, and the client gets nothing', async () => {
    const { client, connectionId } = await connect()
    await expect(post(connectionId, 'x'.repeat(MAX_BYTES + 1))(sdk)).rejects.toMatchObject({
      name: 'PayloadTooLargeException',
      $metadata: { httpStatusCode: 413 },
    })
    await post(connectionId, 'small')(sdk)
    expect(await client.nextText()).toBe('small')
    await client.close()
  })
})

describe('GET', () => {
  it('P2: tells since when and from where, and when last active', async () => {
    const client = await TestClient.connect(gateway.url, { headers: { 'User-Agent': 'Tester/1' } })
    const connectionId = await client.connectionId()
    const { requestContext } = await gateway.event('CONNECT', connectionId)
    const { status, body } = await answerTo(get(connectionId))
    expect(status).toBe(200)
    expect(JSON.parse(body)).toStrictEqual({
      connectedAt: new Date(Number(requestContext['connectedAt'])).toISOString(),
      identity: { sourceIp: gateway.sourceIp, userAgent: 'Tester/1' },
      lastActiveAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    })
    await client.close()
  })

  it('P2: gives the SDK the times as dates, and is active with messages either way', async () => {
    const { client, connectionId } = await connect()
    const read = () => sdk.send(new GetConnectionCommand({ ConnectionId: connectionId }))
    const { ConnectedAt, LastActiveAt } = await read()
    expect(ConnectedAt).toBeInstanceOf(Date)
    let last = Number(LastActiveAt)
    expect(last).toBeGreaterThanOrEqual(Number(ConnectedAt))

    for (const activity of [
      () => Promise.resolve(client.send({ action: 'oneway' })),
      () => post(connectionId)(sdk),
    ]) {
      // The clock must have moved on for the difference to show.
      await eventually(() => Date.now() > last)
      await activity()
      last = await eventually(async () => {
        const now = Number((await read()).LastActiveAt)
        return now > last && now
      })
    }
    await client.close()
  })
})

describe('DELETE', () => {
  it('P3: answers 204, and the client is closed', async () => {
    const { client, connectionId } = await connect()
    expect(await answerTo(remove(connectionId))).toMatchObject({ status: 204, body: '' })
    expect(await client.closed).toMatchObject({ code: 1000 })
  })
})

describe('a connection that is not there', () => {
  describe.each(VERBS)('%s', (_, call) => {
    it('P4: fails with GoneException after the client has left', async () => {
      const { client, connectionId } = await connect()
      await client.close()
      await gateway.event('DISCONNECT', connectionId)
      await expectGone(call(connectionId))
    })

    it('P4: fails with GoneException after a DELETE', async () => {
      const { connectionId } = await connect()
      await remove(connectionId)(sdk)
      await expectGone(call(connectionId))
    })

    it('P4: fails with GoneException for an id that never existed', async () => {
      await expectGone(call(NOBODY))
    })

    it('P4: answers 410 with an empty body and the header x-amzn-ErrorType', async () => {
      const { status, headers, body } = await answerTo(call(NOBODY))
      expect({ status, body }).toEqual({ status: 410, body: '' })
      expect(headers.get('x-amzn-errortype')).toBe('GoneException')
    })

    it('P4: fails with GoneException until $connect has finished', async () => {
      const gate = gateway.gate()
      const tag = newTag()
      const { answer } = rawHandshake(gateway.asking({ gate: gate.name, tag }))
      const { requestContext } = await gateway.event('CONNECT', tag)
      const connectionId = String(requestContext['connectionId'])
      await expectGone(call(connectionId))
      await gate.open()
      expect((await answer).status).toBe(101)
      await call(connectionId)(sdk)
    })

    it.each(['x', 'AAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAA=', 'AAAAAAAAAAAAAAAA=', 'AAAAAAA/AAAAAAA='])(
      'P5: fails with BadRequestException for the malformed id %s',
      async (id) => {
        await expect(call(id)(sdk)).rejects.toMatchObject({
          name: 'BadRequestException',
          message: expect.stringContaining('Invalid connectionId'),
          $metadata: { httpStatusCode: 400 },
        })
      },
    )
  })

  async function expectGone(call: Call): Promise<void> {
    await expect(call(sdk)).rejects.toMatchObject({
      name: 'GoneException',
      $metadata: { httpStatusCode: 410 },
    })
  }
})

describe('the path', () => {
  it.each(VERBS)('P8: answers %s without the stage with 403', async (_, call) => {
    const { client, connectionId } = await connect()
    const answer = await answerTo(call(connectionId), (path) => path.replace('/test/', '/'))
    expect(answer).toMatchObject({ status: 403, body: '{"message":"Forbidden"}' })
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    await client.close()
  })

  it.each([
    ['@connections', '='],
    ['@connections', '%3D'],
    ['%40connections', '='],
    ['%40connections', '%3D'],
    ['%40connections', '%3d'],
  ])('P9: takes %s with an id that ends in %s', async (keyword, ending) => {
    const { client, connectionId } = await connect()
    const path = `/test/${keyword}/${connectionId.replace('=', ending)}`
    const answer = await answerTo(post(connectionId, 'encoded'), () => path)
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(await client.nextText()).toBe('encoded')
    await client.close()
  })
})
