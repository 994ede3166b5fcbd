import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { describe, expect, it } from 'vitest'
import { ManagementApi } from '../../../lambdas/adapters/management-api.ts'
import { Poster } from '../../../lambdas/adapters/poster.ts'
import { answering, deadUrl, type Answer } from '../../support/http-answers.ts'
import { captureLog } from '../../support/log-lines.ts'

const log = captureLog()

const REQUEST_ID = { 'x-amzn-RequestId': 'request-1' }

describe('a post, by what a server answers', () => {
  it('posts the frame to the connection and says that it was sent', async () => {
    await using server = await answering({ status: 200 })
    const api = apiAt(`${server.url}/prod`)
    expect(await api.post('L0SM9cOFvHcCIhw=', '{"data":"✓"}')).toBe('sent')
    expect(server.requests).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: '/prod/@connections/L0SM9cOFvHcCIhw%3D',
        body: '{"data":"✓"}',
      }),
    ])
    api.reportFailures()
    expect(log.lines).toEqual([])
  })

  it.each<{ answer: Answer; outcome: string }>([
    { answer: named('GoneException', 410), outcome: 'gone' },
    { answer: named('GoneException:http://internal.amazon.com/coral/', 410), outcome: 'gone' },
    { answer: named('GoneException', 400), outcome: 'gone' },
    { answer: { status: 410 }, outcome: 'gone' },
    { answer: named('BadRequestException', 400, 'Invalid connectionId: A='), outcome: 'gone' },
    { answer: named('BadRequestException', 400, 'Another bad request'), outcome: 'failed' },
    { answer: { status: 400, body: '{"message":"Invalid connectionId: A="}' }, outcome: 'failed' },
    { answer: { status: 429 }, outcome: 'throttled' },
    { answer: named('LimitExceededException', 429), outcome: 'throttled' },
    { answer: named('LimitExceededException', 400), outcome: 'throttled' },
    { answer: named('ForbiddenException', 403, 'Forbidden'), outcome: 'failed' },
    { answer: named('PayloadTooLargeException', 413), outcome: 'failed' },
    { answer: { status: 301, headers: { Location: '/elsewhere' } }, outcome: 'failed' },
    { answer: { status: 400 }, outcome: 'failed' },
    {
      answer: { status: 500, body: '{"message":"Internal server error"}' },
      outcome: 'unavailable',
    },
    { answer: { status: 499 }, outcome: 'failed' },
    { answer: { status: 502, body: '<html>Bad Gateway</html>' }, outcome: 'unavailable' },
    { answer: named('ServiceUnavailableException', 503), outcome: 'unavailable' },
  ])('calls $answer $outcome, and asks only once', async ({ answer, outcome }) => {
    await using server = await answering(answer, { status: 200 })
    expect(await apiAt(server.url).post('A=', 'frame')).toBe(outcome)
    expect(server.requests).toHaveLength(1)
  })

  it('calls it unavailable when nobody listens', async () => {
    expect(await apiAt(await deadUrl()).post('A=', 'frame')).toBe('unavailable')
  })

  it('calls it failed when there are no credentials', async () => {
    await using server = await answering({ status: 200 })
    const api = apiAt(server.url, () => Promise.reject(new TypeError('Alice')))
    expect(await api.post('A=', 'frame')).toBe('failed')
    expect(server.requests).toEqual([])
    api.reportFailures()
    expect(log.lines).toEqual([
      { event: 'post_failed', count: 1, error: 'TypeError', at: expect.any(Array) },
    ])
  })
})

describe('the report of failures', () => {
  it('names each kind once, with how many it hit, and nobody who is gone', async () => {
    await using server = await answering(
      named('GoneException', 410, 'said by AWS'),
      named('LimitExceededException', 429, 'said by AWS'),
      { status: 500, headers: REQUEST_ID, body: '{"message":"said by AWS"}' },
      named('LimitExceededException', 429, 'said by AWS'),
    )
    const api = apiAt(server.url)
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

  it('names the error of the line and no status when no answer came, and never the frame', async () => {
    const api = apiAt(await deadUrl())
    await api.post('A=', 'Alice said hi')
    api.reportFailures()
    expect(log.lines).toEqual([
      {
        event: 'post_failed',
        count: 1,
        error: 'ECONNREFUSED',
        message: expect.stringContaining('connect ECONNREFUSED'),
      },
    ])
  })
})

/** An error as AWS answers it. */
function named(type: string, status: number, message = ''): Answer {
  const headers = { ...REQUEST_ID, 'x-amzn-ErrorType': type }
  return { status, headers, body: JSON.stringify({ message }) }
}

type CredentialsProvider = () => Promise<{ accessKeyId: string; secretAccessKey: string }>

function apiAt(
  endpoint: string,
  credentials: CredentialsProvider = () =>
    Promise.resolve({ accessKeyId: 'id', secretAccessKey: 'secret' }),
): ManagementApi {
  const client = new ApiGatewayManagementApiClient({ endpoint, region: 'us-east-1', credentials })
  return new ManagementApi(new Poster(() => client, { connectMs: 1_000, answerMs: 10_000 }))
}
