import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'

let local: Local
let clients: TestClient[] = []

beforeAll(async () => {
  local = await startStack()
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()))
  clients = []
  // A client whose $disconnect is still under way would be counted as gone by the next test.
  await eventually(async () => (await dumpTable(local)).length === 0)
})

afterAll(() => local.close())

async function connect(): Promise<TestClient> {
  const client = await TestClient.connect(local.url)
  clients.push(client)
  return client
}

/** How often a function that serves messages has run. */
function messageInvocations(): number {
  const lifecycle = /ConnectFunction|DisconnectFunction/
  return local.trace.ofKind('invocation').filter((e) => !lifecycle.test(e.functionName)).length
}

const ID = expect.stringMatching(/^[\w-]{15}=$/)
const MESSAGE_ID = expect.stringMatching(/^[\da-f-]{36}$/)

describe('a ping', () => {
  it('S5: tells the client its own connectionId, and runs no Lambda', async () => {
    const client = await connect()
    const before = messageInvocations()
    expect(await client.request({ action: 'ping' })).toEqual({ type: 'pong', connectionId: ID })
    expect(messageInvocations()).toBe(before)
  })
})

describe('a message to everyone', () => {
  it.each([
    ['as JSON', '{"action":"sendmessage","data":"hi"}', 'hi'],
    ['as text', 'BROADCAST:hi: there', 'hi: there'],
    ['with an object', '{"action":"sendmessage","data":{"a":[1,null]}}', { a: [1, null] }],
  ])('S6: reaches every client and is acknowledged, %s', async (_, frame, data) => {
    const [sender, ...others] = [await connect(), await connect(), await connect()]
    const from = await sender.connectionId()
    const ack = await sender.request(frame)
    const message = { type: 'message', id: MESSAGE_ID, from, to: 'everyone', data }
    for (const client of [sender, ...others]) {
      const received = await client.nextOfType('message')
      expect(received).toEqual(message)
      expect(received['id']).toBe(ack['id'])
    }
    expect(ack).toEqual({ type: 'ack', id: MESSAGE_ID, sent: 3, gone: 0, failed: 0 })
  })

  it('S7: leaves the sender out when it wants no echo', async () => {
    const [sender, other] = [await connect(), await connect()]
    const ack = await sender.request({ action: 'sendmessage', echo: false, data: 1, id: 'a1' })
    expect(ack).toMatchObject({ type: 'ack', re: 'a1', sent: 1 })
    expect(await other.nextOfType('message')).toMatchObject({ data: 1 })
    // Whatever was on its way to the sender has come when a later reply has.
    await sender.request({ action: 'ping' })
    expect(sender.pending).toEqual([])
  })
})

describe('a message whose ack was lost', () => {
  const ID_OF_CLIENT = '0B5C1A9E-3F57-4D0E-9A43-6F1F2F9E7C11'

  it('S11: comes with the same id when it is sent again over the next connection', async () => {
    const [first, second, other] = [await connect(), await connect(), await connect()]
    const frame = { action: 'sendmessage', id: ID_OF_CLIENT, data: 'once' }
    const acks = [await first.request(frame), await second.request(frame)]
    const [message, again] = [await other.nextOfType('message'), await other.nextOfType('message')]
    expect(acks).toMatchObject([{ re: ID_OF_CLIENT }, { re: ID_OF_CLIENT, id: message['id'] }])
    expect(message).toMatchObject({ id: MESSAGE_ID, from: await first.connectionId() })
    expect(again).toEqual({ ...message, from: await second.connectionId() })
    expect(JSON.stringify([message, again]).toLowerCase()).not.toContain(ID_OF_CLIENT.toLowerCase())
  })
})

describe('a private message', () => {
  it.each([
    ['as JSON', (id: string) => `{"action":"sendmessage","to":"${id}","data":{"a":1}}`, { a: 1 }],
    ['as text', (id: string) => `PRIVATE:${id}:a:1`, 'a:1'],
  ])('S8: reaches its target alone, %s', async (_, frame, data) => {
    const [sender, target, bystander] = [await connect(), await connect(), await connect()]
    const from = await sender.connectionId()
    const ack = await sender.request(frame(await target.connectionId()))
    expect(ack).toEqual({ type: 'ack', id: MESSAGE_ID, sent: 1, gone: 0, failed: 0 })
    const message = { type: 'message', id: ack['id'], from, to: 'you', data }
    expect(await target.nextOfType('message')).toEqual(message)
    await Promise.all([sender.request({ action: 'ping' }), bystander.request({ action: 'ping' })])
    expect([...sender.pending, ...bystander.pending]).toEqual([])
  })

  it('reads no table, and makes the one write that counts it', async () => {
    const [sender, target] = [await connect(), await connect()]
    const to = await target.connectionId()
    const before = local.trace.entries.length
    await sender.request({ action: 'sendmessage', to, data: 1 })
    const calls = local.trace.entries.slice(before).filter((entry) => entry.kind === 'call')
    expect(
      calls.map(({ action }) => action).filter((action) => action.startsWith('dynamodb')),
    ).toEqual(['dynamodb:UpdateItem'])
    expect(calls.map(({ action }) => action)).toContain('execute-api:ManageConnections')
  })

  it('S9: answers NOT_CONNECTED with the target’s id when the target has left', async () => {
    const [sender, target] = [await connect(), await TestClient.connect(local.url)]
    const to = await target.connectionId()
    await target.close()
    await eventually(() => local.trace.ofKind('disconnect').some((e) => e.connectionId === to))
    const reply = await sender.request({ action: 'sendmessage', id: 'p', to, data: 1 })
    expect(reply).toEqual({
      type: 'error',
      re: 'p',
      code: 'NOT_CONNECTED',
      message: `${to} is not connected`,
    })
    expect(await sender.request(`PRIVATE:${to}:hi`)).toMatchObject({ code: 'NOT_CONNECTED' })
  })

  it('answers NOT_CONNECTED when the target is no id that ever was', async () => {
    const sender = await connect()
    const reply = await sender.request({ action: 'sendmessage', to: 'nobody', data: 1 })
    expect(reply).toMatchObject({ code: 'NOT_CONNECTED', message: 'nobody is not connected' })
  })
})

describe('a bad frame', () => {
  it.each([
    ['{"action":"nope"}', 'UNKNOWN_ACTION', /nope/],
    ['not json', 'BAD_MESSAGE', /not JSON/],
    ['{}', 'BAD_MESSAGE', /action/],
    ['[]', 'BAD_MESSAGE', /JSON object/],
    ['null', 'BAD_MESSAGE', /JSON object/],
    ['{"action":"sendmessage"}', 'BAD_MESSAGE', /data/],
    ['{"action":"sendmessage","to":5,"data":1}', 'BAD_MESSAGE', /to: .*connectionId.*5/],
    ['{"action":"$connect"}', 'UNKNOWN_ACTION', /\$connect/],
    ['{"action":"toString"}', 'UNKNOWN_ACTION', /toString/],
    ['PRIVATE:nobody', 'BAD_MESSAGE', /PRIVATE/],
    ['', 'BAD_MESSAGE', /not JSON/],
  ])('S13: %j gets a typed error, and the connection lives on', async (frame, code, message) => {
    const client = await connect()
    const reply = await client.request(frame)
    expect(reply).toEqual({ type: 'error', code, message: expect.stringMatching(message) })
    expect(await client.request({ action: 'ping' })).toMatchObject({ type: 'pong' })
  })
})

describe('a handshake', () => {
  it('S1: names the subprotocol that the client offered', async () => {
    const client = await TestClient.connect(local.url, {
      subprotocols: ['other', 'switchboard.v1'],
    })
    clients.push(client)
    expect(client.socket.protocol).toBe('switchboard.v1')
  })
})
