import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { gatewayTarget } from './target.ts'

const ID = '[\\w-]{15}='
/** Longer than a warm function and the gateway take, where nothing tells when they have done. */
const SETTLING_MS = 2_000

const gateway = gatewayTarget()
let client: TestClient
let connectionId: string
beforeAll(async () => {
  client = await TestClient.connect(gateway.url)
  connectionId = await client.connectionId()
})

/** What the client receives for one message, to the last frame. */
async function repliesTo(message: { action: string; [field: string]: unknown }): Promise<string[]> {
  const before = messagesDone()
  client.send(message)
  if (before === undefined) await sleep(SETTLING_MS)
  else await eventually(() => messagesDone() !== before)
  client.send({ action: 'echo', returns: { statusCode: 200, body: 'the end' } })
  const replies: string[] = []
  for (;;) {
    const text = await client.nextText()
    if (text === 'the end') return replies
    replies.push(text)
  }
}

/**
 * How many of the client's messages the gateway is done with; what it sends afterwards arrives
 * afterwards. Undefined: nobody knows.
 */
function messagesDone(): number | undefined {
  const messages = gateway.capabilities.local?.trace.ofKind('message')
  return messages?.filter((entry) => entry.connectionId === connectionId).length
}

/** The names of the functions whose invocations have ended, if the target tells. */
function invoked(): string[] {
  const invocations = gateway.capabilities.local?.trace.ofKind('invocation') ?? []
  return invocations.map(({ functionName }) => functionName)
}

/** One of the gateway's own frames, to the byte. */
function errorFrame(message: string): unknown {
  return expect.stringMatching(
    new RegExp(`^\\{"message": "${message}", "connectionId":"${ID}", "requestId":"${ID}"\\}$`),
  )
}

const TWO_WAY = 'echo'
const ONE_WAY = ['oneway', 'selection-only', 'response-only']

describe('a failing integration', () => {
  it.each([TWO_WAY, ...ONE_WAY])(
    'R6: answers with the error frame when the Lambda of the route %s throws',
    async (action) => {
      expect(await repliesTo({ action, fail: true })).toEqual([errorFrame('Internal server error')])
    },
  )

  it.each(['locked', 'locked-oneway'])(
    'R6: answers with the error frame when the route %s may not invoke its Lambda',
    async (action) => {
      expect(await repliesTo({ action })).toEqual([errorFrame('Internal server error')])
      expect(invoked().filter((name) => name.includes('Locked'))).toEqual([])
    },
  )

  it('R6: names the connection and the request of the event that the Lambda received', async () => {
    client.send({ action: TWO_WAY, fail: true })
    const frame = await client.next()
    const event = (await gateway.events('MESSAGE', connectionId)).at(-1)
    expect(frame).toMatchObject({ connectionId, requestId: event?.requestContext['requestId'] })
  })

  it('R7: tells of a timeout, and the Lambda keeps running', async () => {
    const gate = gateway.gate()
    expect(await repliesTo({ action: 'short', gate: gate.name })).toEqual([
      errorFrame('Endpoint request timed out'),
    ])
    await gate.open()
    await gate.passed()
    // What it returns in the end goes nowhere.
    expect(await repliesTo({ action: 'oneway' })).toEqual([])
  })
})

describe('what a Lambda returns', () => {
  describe.each(ONE_WAY)('on the route %s', (action) => {
    it.each([200, 400, 500])('R8: drops the body beside the status code %i', async (statusCode) => {
      expect(await repliesTo({ action, returns: { statusCode, body: 'dropped' } })).toEqual([])
    })
  })

  it('R9: sends the body as it is to the caller', async () => {
    const body = ' {"text":\n"grüße 😀"} '
    const bystander = await TestClient.connect(gateway.url)
    expect(await repliesTo({ action: TWO_WAY, returns: { statusCode: 200, body } })).toEqual([body])
    expect(bystander.pending).toEqual([])
    await bystander.close()
  })

  it.each([{ statusCode: 200 }, { statusCode: 200, body: '' }, { statusCode: 200, body: null }])(
    'R9: sends nothing for %j, without a body (assumed)',
    async (returns) => {
      expect(await repliesTo({ action: TWO_WAY, returns })).toEqual([])
    },
  )

  it.each([300, 400, 500])(
    'R9: sends the body beside the status code %i too (assumed)',
    async (statusCode) => {
      const returns = { statusCode, body: 'sent' }
      expect(await repliesTo({ action: TWO_WAY, returns })).toEqual(['sent'])
    },
  )
})

describe('MOCK integrations', () => {
  it.each(['ping', 'ping-default'])(
    'R11: answers %s from its template, with the context and without a Lambda',
    async (action) => {
      const invocations = invoked().length
      client.send({ action })
      expect(await client.next()).toEqual({
        connectionId: expect.stringMatching(`^${ID}$`),
        requestId: expect.stringMatching(`^${ID}$`),
        routeKey: action,
        sourceIp: gateway.sourceIp,
      })
      expect(invoked()).toHaveLength(invocations)
    },
  )

  it('R11: says the caller’s own id', async () => {
    client.send({ action: 'echo' })
    expect(await client.next()).toMatchObject({ requestContext: { connectionId } })
    client.send({ action: 'ping' })
    expect(await client.next()).toMatchObject({ connectionId })
  })

  it('R11: chooses the response by the status code, and $default for what is left', async () => {
    expect(await repliesTo({ action: 'ping-200' })).toEqual(['by expression'])
    expect(await repliesTo({ action: 'ping-400' })).toEqual(['by default'])
  })

  it('R11: answers nothing without a route response', async () => {
    expect(await repliesTo({ action: 'ping-oneway' })).toEqual([])
  })
})
