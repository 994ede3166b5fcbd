import { once } from 'node:events'
import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { rawHandshake, type RawHandshake } from '../support/raw-handshake.ts'
import { gatewayTarget, newTag } from './target.ts'

const gateway = gatewayTarget()

/** Connects, lets the connection end, and gives what `$disconnect` was told about it. */
async function disconnectAfter(
  end: (client: TestClient, connectionId: string) => unknown,
): Promise<{ code: unknown; reason: unknown; client: TestClient }> {
  const client = await TestClient.connect(gateway.url)
  const connectionId = await client.connectionId()
  await end(client, connectionId)
  const { requestContext } = await gateway.event('DISCONNECT', connectionId)
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

it('C3: reports 1006 and no reason (assumed) when the line is lost without a close frame', async () => {
  const told = await disconnectAfter(({ socket }) => socket.terminate())
  expect(told).toMatchObject({ code: 1006, reason: '' })
})

it.each([
  ['ends the line', 'finish', ({ line }: RawHandshake) => line.end()],
  ['resets the line', 'close', (handshake: RawHandshake) => handshake.reset()],
])(
  'C3: reports 1006 for a client that %s while $connect runs (assumed)',
  async (_, left, leave) => {
    const gate = gateway.gate()
    const tag = newTag()
    const handshake = rawHandshake(gateway.asking({ gate: gate.name, tag }))
    const connect = await gateway.event('CONNECT', tag)
    const leaving = once(handshake.line, left)
    leave(handshake)
    await leaving
    await gate.open()
    const connectionId = String(connect.requestContext['connectionId'])
    const { requestContext } = await gateway.event('DISCONNECT', connectionId)
    expect(requestContext).toMatchObject({ disconnectStatusCode: 1006, disconnectReason: '' })
  },
)

it('C4: closes the client with 1000 on DELETE, and reports that', async () => {
  const { code, reason, client } = await disconnectAfter((_, ConnectionId) =>
    gateway.management.send(new DeleteConnectionCommand({ ConnectionId })),
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
  const { client } = await disconnectAfter(({ socket }) => {
    for (const message of messages) socket.send(message)
  })
  // A MOCK integration would have been done with it by now; a Lambda perhaps not.
  await client.closed
  expect(client.pending).toEqual([])
  const routed = gateway.capabilities.local?.trace.ofKind('message') ?? []
  expect(routed.map(({ routeKey }) => routeKey)).not.toContain('ping-default')
})

it(
  'ends although a client does not answer the gateway’s close frame',
  { timeout: 10_000 },
  async () => {
    const ending = await gateway.edited(() => {})
    expect((await rawHandshake(ending.url).answer).status).toBe(101)
    await ending.need('local').close()
  },
)
