import { afterEach, describe, expect, it, vi } from 'vitest'
import { managementApi } from '../../../lambdas/adapters/clients.ts'
import type { ManagementApi } from '../../../lambdas/adapters/management-api.ts'
import { ENVIRONMENT } from '../../../lib/environment.ts'
import { answering, deadUrl, type Answer } from '../../support/http-answers.ts'
import { captureLog } from '../../support/log-lines.ts'

const log = captureLog()
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a post, by what a server answers to the real client', () => {
  it('posts the text itself, with the id escaped in the path', async () => {
    await using server = await answering({ status: 200 })
    const api = apiAt(`${server.url}/prod`)
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
    {
      answer: {
        status: 400,
        headers: { 'x-amzn-ErrorType': 'BadRequestException' },
        body: '{"message":"Another bad request"}',
      },
      outcome: 'failed',
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
    expect(await apiAt(server.url).post('A=', 'frame')).toBe(outcome)
    expect(server.requests).toHaveLength(1)
  })

  it('asks only once when it is throttled: a broadcast waits for nobody', async () => {
    await using server = await answering({ status: 429 }, { status: 200 })
    expect(await apiAt(server.url).post('A=', 'frame')).toBe('throttled')
    expect(server.requests).toHaveLength(1)
  })

  it('asks again when the line was dropped, as a frozen Lambda’s is', async () => {
    await using server = await answering('reset', { status: 200 })
    expect(await apiAt(server.url).post('A=', 'frame')).toBe('sent')
    expect(server.requests).toHaveLength(2)
  })

  it('gives up when the line is dropped twice', async () => {
    await using server = await answering('reset')
    expect(await apiAt(server.url).post('A=', 'frame')).toBe('failed')
    expect(server.requests).toHaveLength(2)
  })

  it('gives up when no answer comes', async () => {
    await using server = await answering('silence')
    expect(await apiAt(server.url).post('A=', 'frame')).toBe('failed')
    expect(server.requests).toHaveLength(1)
  })

  it('calls it failed when nobody listens, and logs the error without a status', async () => {
    const api = apiAt(await deadUrl())
    expect(await api.post('A=', 'frame')).toBe('failed')
    api.reportFailures()
    expect(log.lines).toEqual([expect.objectContaining({ event: 'post_failed', count: 1 })])
    expect(log.lines).toEqual([expect.not.objectContaining({ status: expect.anything() })])
    expect(JSON.stringify(log.lines)).not.toContain('frame')
  })
})

/** The API as a function has it, with the environment that a deployment would give. */
function apiAt(endpoint: string): ManagementApi {
  vi.stubEnv(ENVIRONMENT.callbackUrl, endpoint)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  return managementApi()
}
