import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Clock } from '../../../local/clock.ts'
import { Events, type StageInfo } from '../../../local/gateway/events.ts'
import { isConnectionId, newId } from '../../../local/gateway/ids.ts'

const STAGE = { apiId: 'abcdefghij', stageName: 'prod', stageVariables: undefined }
const CONNECTION = {
  connectionId: 'L0SM9cOFvHcCIhw=',
  connectedAt: 1_707_500_000_000,
  sourceIp: '127.0.0.1',
  userAgent: undefined,
  domainName: 'localhost:3001',
}
const ID = expect.stringMatching(/^[\w-]{15}=$/)

function events(stage: StageInfo = STAGE): Events {
  return new Events(stage, new Clock())
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2024, 1, 9, 8, 1, 3, 250), toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('an event', () => {
  it('of a message has what API Gateway sends', () => {
    expect(events().message(CONNECTION, 'join', 'hello')).toEqual({
      requestContext: {
        routeKey: 'join',
        messageId: ID,
        eventType: 'MESSAGE',
        extendedRequestId: ID,
        requestTime: '09/Feb/2024:08:01:03 +0000',
        messageDirection: 'IN',
        stage: 'prod',
        connectedAt: 1_707_500_000_000,
        requestTimeEpoch: 1_707_465_663_250,
        identity: { sourceIp: '127.0.0.1' },
        requestId: ID,
        domainName: 'localhost:3001',
        connectionId: 'L0SM9cOFvHcCIhw=',
        apiId: 'abcdefghij',
      },
      body: 'hello',
      isBase64Encoded: false,
    })
  })

  it('of a handshake tells the authorizer and $connect of the same request', () => {
    const made = events()
    const arrival = { requestId: 'an-id', arrivedAt: 1_707_500_000_000 }
    const context = made.connectContext(CONNECTION, arrival)
    expect(context).toMatchObject({ requestId: 'an-id', requestTimeEpoch: arrival.arrivedAt })
    expect(context['requestTime']).toBe('09/Feb/2024:17:33:20 +0000')
    const request = new IncomingMessage(new Socket())
    expect(made.connect(CONNECTION, request, arrival).requestContext).toEqual(context)
    expect(made.authorizer(CONNECTION, request, 'arn', arrival).requestContext).toEqual(context)
  })

  it('has an id of its own', () => {
    const first = events().message(CONNECTION, 'join', '').requestContext
    const second = events().message(CONNECTION, 'join', '').requestContext
    expect(first.requestId).not.toBe(second.requestId)
    expect(first['messageId']).not.toBe(second['messageId'])
    expect(first['extendedRequestId']).toBe(first.requestId)
  })

  it('has the stage’s variables and the client’s user agent when there are any', () => {
    const stage = { ...STAGE, stageVariables: { colour: 'blue' } }
    const connection = { ...CONNECTION, userAgent: 'wscat' }
    const event = events(stage).message(connection, 'join', '')
    expect(event['stageVariables']).toEqual({ colour: 'blue' })
    expect(event.requestContext['identity']).toEqual({ sourceIp: '127.0.0.1', userAgent: 'wscat' })
    expect(events().message(CONNECTION, 'join', '')).not.toHaveProperty('stageVariables')
  })

  it('of a disconnect says why', () => {
    const event = events().disconnect(CONNECTION, 1001, 'Going away')
    expect(event.requestContext).toMatchObject({
      routeKey: '$disconnect',
      eventType: 'DISCONNECT',
      disconnectStatusCode: 1001,
      disconnectReason: 'Going away',
    })
    expect(event.requestContext).not.toHaveProperty('messageId')
    expect(event).not.toHaveProperty('body')
  })
})

describe('an id', () => {
  it('looks like API Gateway’s', () => {
    expect(newId()).toEqual(ID)
    expect(isConnectionId(newId())).toBe(true)
  })

  it.each([
    ['L0SM9cOFvHcCIhw=', true],
    ['_-SM9cOFvHcCIhw=', true],
    ['L0SM9cOFvHcCIhw', false],
    ['L0SM9cOFvHcCIh=', false],
    ['L0SM9cOFvHcCIhww=', false],
    ['L0SM9cOFvHcCI+w=', false],
    [' L0SM9cOFvHcCIhw=', false],
    ['', false],
  ])('%j could be one of a connection: %s', (text, could) => {
    expect(isConnectionId(text)).toBe(could)
  })
})
