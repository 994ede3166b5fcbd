import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi'
import { describe, expect, it } from 'vitest'
import { ManagementApi } from '../../../lambdas/adapters/management-api.ts'
import { answering, deadUrl, type Answer } from '../../support/http-answers.ts'
import { captureLog } from '../../support/log-lines.ts'

const log = captureLog()

describe('a post, by what a server answers to the real client', () => {
  it('posts the text itself, with the id escaped in the path', async () => {
    await using server = await answering({ status: 200 })
    const api = new ManagementApi(clientOf(`${server.url}/prod`))
    expect(await api.post('L0SM9cOFvHcCIhw=', '{"data":"✓"}')).toBe('sent')
    expect(server.requests).toEqual([
      {
        method: 'POST',
        path: '/prod/@connections/L0SM9cOFvHcCIhw%3D',
        body: '{"data":"✓"}',
      },
    ])
  })

  it.each<{ answer: Answer; outcome: string }>([
    { answer: { status: 410, headers: { 'x-amzn-ErrorType': 'GoneException' } }, outcome: 'gone' },
    { answer: { status: 410 }, outcome: 'gone' },
    {
      answer: {
        status: 400,
        headers: { 'x-amzn-ErrorType': 'BadRequestException' },
        body: '{"message":"Invalid connectionId: A="}',
      },
      outcome: 'gone',
    },
    { answer: { status: 429 }, outcome: 'throttled' },
    {
      answer: { status: 429, headers: { 'x-amzn-ErrorType': 'LimitExceededException' } },
      outcome: 'throttled',
    },
    {
      answer: {
        status: 403,
        headers: { 'x-amzn-ErrorType': 'ForbiddenException' },
        body: '{"message":"Forbidden"}',
      },
      outcome: 'failed',
    },
    {
      answer: { status: 500, body: '{"message":"Internal server error"}' },
      outcome: 'failed',
    },
    { answer: { status: 502, body: '<html>Bad Gateway</html>' }, outcome: 'failed' },
  ])('calls $answer $outcome', async ({ answer, outcome }) => {
    await using server = await answering(answer)
    expect(await new ManagementApi(clientOf(server.url)).post('A=', 'frame')).toBe(outcome)
    expect(server.requests).toHaveLength(1)
  })

  it('calls it failed when nobody answers, and logs the error without a status', async () => {
    const api = new ManagementApi(clientOf(await deadUrl()))
    expect(await api.post('A=', 'frame')).toBe('failed')
    expect(log.lines).toEqual([expect.objectContaining({ event: 'post_failed' })])
    expect(log.lines).toEqual([expect.not.objectContaining({ status: expect.anything() })])
    expect(JSON.stringify(log.lines)).not.toContain('frame')
  })
})

function clientOf(endpoint: string): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    maxAttempts: 1,
  })
}
