import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { Gate } from '../support/gate.ts'
import { loggedEvents, startFixture } from './fixture-app.ts'

const ID = '[\\w-]{15}='

let local: Local
let client: TestClient
beforeAll(async () => {
  local = await startFixture()
  client = await TestClient.connect(local.url)
})
afterAll(() => local.close())

/**
 * What the client receives for one message, to the last frame.
 *
 * The gateway is done with a message when the trace has it, and what it sends afterwards arrives
 * afterwards.
 */
async function repliesTo(message: { action: string; [field: string]: unknown }): Promise<string[]> {
  const done = local.trace.ofKind('message').length
  client.send(message)
  await eventually(() => local.trace.ofKind('message').length > done)
  client.send({ action: 'echo', returns: { statusCode: 200, body: 'the end' } })
  const replies: string[] = []
  for (;;) {
    const text = await client.nextText()
    if (text === 'the end') return replies
    replies.push(text)
  }
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
      const invoked = local.trace.ofKind('invocation').map(({ functionName }) => functionName)
      expect(invoked.filter((name) => name.includes('Locked'))).toEqual([])
    },
  )

  it('R6: names the connection and the request of the event that the Lambda received', async () => {
    const connectionId = await client.connectionId()
    client.send({ action: TWO_WAY, fail: true })
    const frame = await client.next()
    const event = loggedEvents(local, 'MESSAGE', connectionId).at(-1)
    expect(frame).toMatchObject({ connectionId, requestId: event?.requestContext['requestId'] })
  })

  it('R7: tells of a timeout, and the Lambda keeps running', async () => {
    const finished = () => {
      return local.trace.ofKind('invocation').filter(({ error }) => error === undefined).length
    }
    const gate = new Gate()
    expect(await repliesTo({ action: 'short', gate: gate.file })).toEqual([
      errorFrame('Endpoint request timed out'),
    ])
    const before = finished()
    gate.open()
    await eventually(() => finished() > before)
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
    const bystander = await TestClient.connect(local.url)
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
      const invocations = local.trace.ofKind('invocation').length
      client.send({ action })
      expect(await client.next()).toEqual({
        connectionId: expect.stringMatching(`^${ID}$`),
        requestId: expect.stringMatching(`^${ID}$`),
        routeKey: action,
        sourceIp: '127.0.0.1',
      })
      expect(local.trace.ofKind('invocation')).toHaveLength(invocations)
    },
  )

  it('R11: says the caller’s own id', async () => {
    client.send({ action: 'ping' })
    const { connectionId } = await client.next()
    client.send({ action: 'echo' })
    expect(await client.next()).toMatchObject({ requestContext: { connectionId } })
  })

  it('R11: chooses the response by the status code, and $default for what is left', async () => {
    expect(await repliesTo({ action: 'ping-200' })).toEqual(['by expression'])
    // Another status code than 200 is assumed to be answered so.
    expect(await repliesTo({ action: 'ping-400' })).toEqual(['by default'])
  })

  it('R11: answers nothing without a route response', async () => {
    expect(await repliesTo({ action: 'ping-oneway' })).toEqual([])
  })
})
