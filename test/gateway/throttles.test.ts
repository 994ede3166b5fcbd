import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Clock } from '../../local/clock.ts'
import { Throttles } from '../../local/gateway/throttles.ts'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { resourcesOfType, type Template } from '../support/edited-assembly.ts'
import { gatewayTarget, type GatewayTarget } from './target.ts'

/** So slow that nothing comes back during a test, unless its clock is moved. */
const HARDLY_EVER = 0.001

const gateway = gatewayTarget()

/** Gives the stage these settings. */
function stageSettings(settings: Record<string, unknown>): (template: Template) => void {
  return (template) => {
    for (const [, { Properties }] of resourcesOfType(template, 'AWS::ApiGatewayV2::Stage')) {
      Object.assign(Properties, settings)
    }
  }
}

/** How the gateway answers a message. */
async function answerTo(client: TestClient, action: string): Promise<string> {
  const { message = 'a reply' } = await client.request({ action })
  return String(message)
}

async function post(stage: GatewayTarget, connectionId: string): Promise<string> {
  const command = new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'x' })
  return stage.management.send(command).then(
    () => 'sent',
    (error: unknown) => (error instanceof Error ? error.name : 'no error'),
  )
}

describe('a route’s throttle', () => {
  it('R10, L6: answers what is too much with a frame (assumed), and the connection stays open', async () => {
    const throttle = { ThrottlingRateLimit: HARDLY_EVER, ThrottlingBurstLimit: 2 }
    const stage = await gateway.edited(stageSettings({ RouteSettings: { ping: throttle } }))
    const client = await TestClient.connect(stage.url)
    expect(await answerTo(client, 'ping')).toBe('a reply')
    expect(await answerTo(client, 'ping')).toBe('a reply')
    client.send({ action: 'ping' })
    expect(await client.nextText()).toMatch(
      /^\{"message": "Too Many Requests", "connectionId":"[\w-]{15}=", "requestId":"[\w-]{15}="\}$/,
    )
    // Another route has nothing to do with it.
    expect(await answerTo(client, 'ping-default')).toBe('a reply')
    await client.close()
  })

  it('L6: is the stage’s default for each route by itself, and fills again', async () => {
    const throttle = { ThrottlingRateLimit: 1 / 60, ThrottlingBurstLimit: 1 }
    const stage = await gateway.edited(stageSettings({ DefaultRouteSettings: throttle }))
    const client = await TestClient.connect(stage.url)
    expect(await answerTo(client, 'ping')).toBe('a reply')
    expect(await answerTo(client, 'ping-default')).toBe('a reply')
    expect(await answerTo(client, 'ping')).toBe('Too Many Requests')
    await stage.need('local').clock.advance('1 minute')
    expect(await answerTo(client, 'ping')).toBe('a reply')
    expect(await answerTo(client, 'ping')).toBe('Too Many Requests')
    await client.close()
  })

  it('H12: refuses a handshake that is too much with 429', async () => {
    const throttle = { ThrottlingRateLimit: HARDLY_EVER, ThrottlingBurstLimit: 1 }
    const stage = await gateway.edited(stageSettings({ RouteSettings: { $connect: throttle } }))
    const client = await TestClient.connect(stage.url)
    expect(await refusedHandshake(stage.url)).toMatchObject({ status: 429 })
    await client.close()
  })
})

describe('the account’s quota', () => {
  it('L6, P7: is shared by connects, messages and calls to @connections', async () => {
    const quotas = { requestsPerSecond: HARDLY_EVER, requestBurst: 5 }
    const stage = await gateway.fresh({ quotas })
    const client = await TestClient.connect(stage.url) // 1
    const { connectionId } = await client.request({ action: 'ping' }) // 2
    expect(await post(stage, String(connectionId))).toBe('sent') // 3
    await client.nextText()
    const other = await TestClient.connect(stage.url) // 4
    expect(await answerTo(client, 'ping')).toBe('a reply') // 5

    expect(await post(stage, String(connectionId))).toBe('LimitExceededException')
    expect(await answerTo(other, 'ping')).toBe('Too Many Requests')
    expect(await refusedHandshake(stage.url)).toMatchObject({ status: 429 })
  })

  it('L7: lets only so many connect in a second', async () => {
    const stage = await gateway.fresh({ quotas: { newConnectionsPerSecond: 2 } })
    const { clock } = stage.need('local')
    await clock.advance('1 second')
    // All at once: while they shake hands, hardly any time passes.
    const handshakes = Array.from({ length: 20 }, () => TestClient.connect(stage.url))
    const outcomes = await Promise.allSettled(handshakes)
    const accepted = outcomes.filter(({ status }) => status === 'fulfilled').length
    expect(accepted).toBeGreaterThanOrEqual(2)
    expect(accepted).toBeLessThan(20)
    await clock.advance('1 second')
    await (await TestClient.connect(stage.url)).close()
  })
})

describe('without other settings', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => void vi.useRealTimers())

  function count(takes: () => boolean, most: number): number {
    let taken = 0
    while (taken < most && takes()) taken += 1
    return taken
  }

  it('L6: the account has 10,000 requests a second, and 5,000 at once', () => {
    const { api } = gateway.need('local').app
    const throttles = new Throttles(api, new Clock())
    expect(count(() => throttles.admitsRequest(), 20_000)).toBe(5_000)
    expect(throttles.admitsMessage('echo')).toBe(false)
    vi.advanceTimersByTime(100)
    expect(count(() => throttles.admitsMessage('echo'), 20_000)).toBe(1_000)
    vi.advanceTimersByTime(60_000)
    expect(count(() => throttles.admitsRequest(), 20_000)).toBe(5_000)
  })

  it('L7, H12: the account has 500 new connections a second', () => {
    const { api } = gateway.need('local').app
    const throttles = new Throttles(api, new Clock())
    expect(count(() => throttles.admitsConnection(), 20_000)).toBe(500)
    vi.advanceTimersByTime(100)
    expect(count(() => throttles.admitsConnection(), 20_000)).toBe(50)
  })
})
