import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { gatewayTarget } from './target.ts'

const gateway = gatewayTarget()

it('L4, L5, C5: closes who is idle for ten minutes, and everybody after two hours', async () => {
  const stage = await gateway.fresh()
  const { clock } = stage.need('local')
  const idle = await TestClient.connect(stage.url)
  const idleId = await idle.connectionId()
  const pushed = await TestClient.connect(stage.url)
  const pushedId = await pushed.connectionId()
  const push = (Data: string) =>
    stage.management.send(new PostToConnectionCommand({ ConnectionId: pushedId, Data }))

  await clock.advance('9 minutes')
  await push('to one')
  await clock.advance('1 minute')
  expect(await idle.closed).toEqual({ code: 1001, reason: 'Going away' })
  expect(await ending(idleId)).toEqual({ code: 1001, reason: 'Going away' })
  expect(pushed.socket.readyState).toBe(pushed.socket.OPEN)

  for (let minutes = 10; minutes < 115; minutes += 5) {
    await clock.advance('5 minutes')
    await push('still there')
  }
  await clock.advance('4 minutes')
  expect(pushed.socket.readyState).toBe(pushed.socket.OPEN)
  await clock.advance('1 minute')
  expect(await pushed.closed).toEqual({ code: 1001, reason: 'Going away' })
  expect(await ending(pushedId)).toEqual({ code: 1001, reason: 'Going away' })

  async function ending(connectionId: string): Promise<{ code: unknown; reason: unknown }> {
    const { requestContext } = await stage.event('DISCONNECT', connectionId)
    const { disconnectStatusCode: code, disconnectReason: reason } = requestContext
    return { code, reason }
  }
})

it('L4: a message of the client counts as activity, and is judged to the millisecond', async () => {
  const stage = await gateway.fresh()
  const { clock } = stage.need('local')
  const client = await TestClient.connect(stage.url)
  await clock.advance('9 minutes')
  await client.connectionId()
  await clock.advance('9.9 minutes')
  expect(client.socket.readyState).toBe(client.socket.OPEN)
  await clock.advance('0.1 minutes')
  expect(await client.closed).toMatchObject({ code: 1001 })
})

it('L8, L9: a ping frame keeps nobody connected (assumed), and the gateway sends none', async () => {
  const stage = await gateway.fresh()
  const { clock } = stage.need('local')
  const client = await TestClient.connect(stage.url)
  let pings = 0
  client.socket.on('ping', () => (pings += 1))
  for (let minutes = 0; minutes < 9; minutes += 1) {
    await clock.advance('1 minute')
    const pong = new Promise((resolve) => client.socket.once('pong', resolve))
    client.socket.ping()
    await pong
  }
  await clock.advance('1 minute')
  expect(await client.closed).toMatchObject({ code: 1001 })
  expect(pings).toBe(0)
})
