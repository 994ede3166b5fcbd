import { once } from 'node:events'
import { GetConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { describe, expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { gatewayTarget } from './target.ts'

const gateway = gatewayTarget()

describe('a ping frame', () => {
  it('L8: is answered with a pong that has its data (assumed)', async () => {
    const client = await TestClient.connect(gateway.url)
    const pong = once(client.socket, 'pong')
    client.socket.ping('are you there')
    expect(String(await pong)).toBe('are you there')
    await client.close()
  })

  it('L8: does not count as activity (assumed)', async () => {
    const client = await TestClient.connect(gateway.url)
    const ConnectionId = await client.connectionId()
    const lastActiveAt = async () => {
      const { LastActiveAt } = await gateway.management.send(
        new GetConnectionCommand({ ConnectionId }),
      )
      return Number(LastActiveAt)
    }
    const before = await lastActiveAt()
    // The clock must have moved on for a difference to show.
    await eventually(() => Date.now() > before + gateway.clockSkewMs)
    const pong = once(client.socket, 'pong')
    client.socket.ping()
    await pong
    expect(await lastActiveAt()).toBe(before)
    await client.close()
  })
})
