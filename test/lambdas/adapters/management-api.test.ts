import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  ForbiddenException,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { mockClient } from 'aws-sdk-client-mock'
import { afterEach, describe, expect, it } from 'vitest'
import { ManagementApi } from '../../../lambdas/adapters/management-api.ts'
import { captureLog } from '../../support/log-lines.ts'

const log = captureLog()

describe('a post, by what the client throws', () => {
  const mock = mockClient(ApiGatewayManagementApiClient)
  const api = new ManagementApi(new ApiGatewayManagementApiClient({ region: 'us-east-1' }))
  afterEach(() => {
    mock.reset()
    api.reportFailures()
  })

  it('posts the frame to the connection and says that it was sent', async () => {
    mock.on(PostToConnectionCommand).resolves({})
    expect(await api.post('A=', '{"type":"message"}')).toBe('sent')
    expect(mock.calls().map((call) => call.args[0].input)).toEqual([
      { ConnectionId: 'A=', Data: '{"type":"message"}' },
    ])
    expect(log.lines).toEqual([])
  })

  it.each([
    { error: new GoneException(said(410)), outcome: 'gone' },
    { error: unnamed(410), outcome: 'gone' },
    { error: invalidId(), outcome: 'gone' },
    { error: named('BadRequestException', 400), outcome: 'failed' },
    { error: new LimitExceededException(said(429)), outcome: 'throttled' },
    { error: unnamed(429), outcome: 'throttled' },
    { error: new ForbiddenException(said(403)), outcome: 'failed' },
    { error: new PayloadTooLargeException(said(413)), outcome: 'failed' },
    { error: named('InternalServerError', 500), outcome: 'failed' },
    { error: unnamed(500), outcome: 'failed' },
    { error: unnamed(400), outcome: 'failed' },
    { error: new TypeError('a bug of ours'), outcome: 'failed' },
  ])('calls $error.name with $error.$metadata.httpStatusCode $outcome', async (row) => {
    mock.on(PostToConnectionCommand).rejects(row.error)
    expect(await api.post('A=', 'frame')).toBe(row.outcome)
  })

  it('logs each kind of failure once, with how many it hit, and nobody who is gone', async () => {
    mock
      .on(PostToConnectionCommand)
      .rejectsOnce(new GoneException(said(410)))
      .rejectsOnce(new LimitExceededException(said(429)))
      .rejectsOnce(unnamed(500))
      .rejects(new LimitExceededException(said(429)))
    for (let post = 0; post < 5; post += 1) await api.post('A=', 'frame')
    expect(log.lines).toEqual([])
    api.reportFailures()
    const common = { event: 'post_failed', requestId: 'request-1', message: 'said by AWS' }
    expect(log.lines).toEqual([
      { ...common, count: 3, error: 'LimitExceededException', status: 429 },
      { ...common, count: 1, error: 'Unknown', status: 500 },
    ])
    api.reportFailures()
    expect(log.lines).toHaveLength(2)
  })
})

function invalidId(): ApiGatewayManagementApiServiceException {
  const error = named('BadRequestException', 400)
  error.message = 'Invalid connectionId: A='
  return error
}

function said(httpStatusCode: number) {
  return { message: 'said by AWS', $metadata: { httpStatusCode, requestId: 'request-1' } }
}

function named(name: string, status: number): ApiGatewayManagementApiServiceException {
  const $fault = status < 500 ? 'client' : 'server'
  return new ApiGatewayManagementApiServiceException({ name, $fault, ...said(status) })
}

/** What the SDK throws when an answer has no x-amzn-ErrorType. */
function unnamed(status: number): ApiGatewayManagementApiServiceException {
  return named('Unknown', status)
}
