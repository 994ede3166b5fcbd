import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { managementClient } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { Gate } from '../support/gate.ts'
import { rawHandshake } from '../support/raw-handshake.ts'
import { loggedEvent, loggedEvents, startEdited, startFixture } from './fixture-app.ts'

let local: Local
beforeAll(async () => {
  local = await startFixture()
})
afterAll(() => local.close())

/** Connects, lets the connection end, and gives what `$disconnect` was told about it. */
async function disconnectAfter(
  end: (client: TestClient, connectionId: string) => unknown,
): Promise<{ code: unknown; reason: unknown; client: TestClient }> {
  const client = await TestClient.connect(local.url)
  const connectionId = await client.connectionId()
  await end(client, connectionId)
  const { requestContext } = await loggedEvent(local, 'DISCONNECT', connectionId)
  const { disconnectStatusCode: code, disconnectReason: reason } = requestContext
  return { code, reason, client }
}

it.each([
  [1000, ''],
  [1000, 'done'],
  [1001, ''],
  [3000, 'a registered code'],
  [4999, 'grüße'],
])('C1: reports the client’s own %i %s', async (code, reason) => {
  const told = await disconnectAfter((client) => client.close(code, reason))
  expect(told).toMatchObject({ code, reason })
})

it('C1: sends the client’s own code back', async () => {
  const { client } = await disconnectAfter(({ socket }) => socket.close(3000, 'bye'))
  expect(await client.closed).toMatchObject({ code: 3000 })
})

it('C2: reports 1005 when the client’s close frame has no code', async () => {
  const told = await disconnectAfter(({ socket }) => socket.close())
  expect(told).toMatchObject({ code: 1005, reason: 'Client-side close frame status not set' })
})

// The empty reason is assumed.
it('C3: reports 1006 and no reason when the line is lost without a close frame', async () => {
  const told = await disconnectAfter(({ socket }) => socket.terminate())
  expect(told).toMatchObject({ code: 1006, reason: '' })
})

it.each([
  ['ends the line', 'finish', (socket: Socket) => socket.end()],
  ['resets the line', 'close', (socket: Socket) => socket.resetAndDestroy()],
])(
  'C3: reports 1006 for a client that %s while $connect runs (assumed)',
  async (_, left, leave) => {
    const gate = new Gate()
    const { port, pathname } = new URL(local.url)
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    const query = new URLSearchParams({ gate: gate.file }).toString()
    socket.write(
      [
        `GET ${pathname}?${query} HTTP/1.1`,
        'Host: localhost',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
        '\r\n',
      ].join('\r\n'),
    )
    const connectEvents = () =>
      loggedEvents(local, 'CONNECT').filter(({ queryStringParameters }) => {
        return JSON.stringify(queryStringParameters)?.includes(gate.file)
      })
    const [connect] = await eventually(() => connectEvents().length > 0 && connectEvents())
    leave(socket)
    await once(socket, left)
    gate.open()
    const connectionId = String(connect?.requestContext['connectionId'])
    const { requestContext } = await loggedEvent(local, 'DISCONNECT', connectionId)
    expect(requestContext).toMatchObject({ disconnectStatusCode: 1006, disconnectReason: '' })
  },
)

it('C4: closes the client with 1000 on DELETE, and reports that', async () => {
  const { code, reason, client } = await disconnectAfter((_, ConnectionId) =>
    managementClient(local).send(new DeleteConnectionCommand({ ConnectionId })),
  )
  expect(await client.closed).toMatchObject({ code: 1000 })
  expect({ code, reason }).toEqual({ code: 1000, reason: 'Connection Closed Normally' })
})

it('L3: closes with 1003 when the client sends a binary message', async () => {
  const { client } = await disconnectAfter(({ socket }) => socket.send(Buffer.from('{"a":1}')))
  expect(await client.closed).toMatchObject({ code: 1003 })
})

it.each([
  ['a binary message', [Buffer.from('{"action":"ping-default"}')]],
  ['what follows a binary message', [Buffer.from('binary'), '{"action":"ping-default"}']],
])('L3: runs no route for %s', async (_, messages) => {
  await disconnectAfter(({ socket }) => {
    for (const message of messages) socket.send(message)
  })
  // A MOCK integration would have been done with it by now; a Lambda perhaps not.
  const routes = local.trace.ofKind('message').map(({ routeKey }) => routeKey)
  expect(routes).not.toContain('ping-default')
})

it(
  'ends although a client does not answer the gateway’s close frame',
  { timeout: 10_000 },
  async () => {
    const ending = await startEdited(() => {})
    expect((await rawHandshake(ending.url).answer).status).toBe(101)
    await ending.close()
  },
)
