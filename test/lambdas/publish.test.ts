import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { LambdaFunctionURLEvent } from 'aws-lambda'
import { describe, expect, it, vi } from 'vitest'
import { contextWith } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import { mockServices } from '../support/mock-services.ts'

const { sqs, queued } = mockServices()
const log = captureLog()

const load = async () => (await import('../../lambdas/publish.ts')).handler

describe('the HTTP door', () => {
  it('queues what is published, under an id that it tells', async () => {
    const answer = await post({ body: '{"to":"everyone","data":"hi"}' })
    expect(answer).toEqual({
      statusCode: 202,
      headers: { 'content-type': 'application/json' },
      body: expect.stringMatching(/^{"id":"[\da-f-]{36}"}$/),
    })
    const { id }: { id?: unknown } = JSON.parse(bodyOf(answer))
    expect(queued()).toEqual([
      { queue: 'jobs', job: { to: 'everyone', data: 'hi', id }, delaySeconds: 0 },
    ])
  })

  it('reads a body in base64, as a function URL has those that are no text', async () => {
    const body = Buffer.from('{"to":"everyone","data":"✓"}').toString('base64')
    expect(await post({ body, isBase64Encoded: true })).toMatchObject({ statusCode: 202 })
    expect(queued()).toMatchObject([{ job: { data: '✓' } }])
  })

  it.each([
    { event: {}, statusCode: 400, message: 'not JSON' },
    { event: { body: '{"to":"everyone"}' }, statusCode: 400, message: 'data: expected' },
    { event: { method: 'GET' }, statusCode: 405, message: 'expected POST' },
  ])('refuses with $statusCode and says why: $message', async ({ event, ...expected }) => {
    const answer = await post(event)
    expect(answer).toMatchObject({ statusCode: expected.statusCode })
    expect(bodyOf(answer)).toContain(expected.message)
    expect([queued(), log.lines]).toEqual([[], []])
  })

  it('logs why it failed, and not what was published', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error('Alice'))
    const answer = await post({ body: '{"to":{"user":"Alice"},"data":"hi"}' })
    expect(answer).toMatchObject({ statusCode: 500 })
    expect(log.lines).toEqual([
      expect.objectContaining({ event: 'publish_failed', error: 'Error' }),
    ])
    expect(JSON.stringify([answer, log.lines])).not.toContain('Alice')
  })

  it('does not start without its queue', async () => {
    vi.stubEnv('DELIVERY_QUEUE_URL', '')
    await expect(load()).rejects.toThrow('the environment variable DELIVERY_QUEUE_URL is missing')
  })
})

async function post(fields: {
  readonly method?: string
  readonly body?: string
  readonly isBase64Encoded?: boolean
}): Promise<unknown> {
  const { method = 'POST', isBase64Encoded = false, ...others } = fields
  const handler = await load()
  const answer: unknown = await handler(
    { ...EVENT, ...others, isBase64Encoded, requestContext: contextOf(method) },
    contextWith(),
    () => {},
  )
  return answer
}

function bodyOf(answer: unknown): string {
  const { body } = Object(answer)
  return String(body)
}

const EVENT: Omit<LambdaFunctionURLEvent, 'requestContext'> = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/',
  rawQueryString: '',
  headers: {},
  isBase64Encoded: false,
}

function contextOf(method: string): LambdaFunctionURLEvent['requestContext'] {
  return {
    accountId: '000000000000',
    apiId: 'url-id',
    domainName: 'url-id.lambda-url.us-east-1.on.aws',
    domainPrefix: 'url-id',
    http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'agent' },
    requestId: 'c0ffee00-0000-4000-8000-000000000000',
    routeKey: '$default',
    stage: '$default',
    time: '01/Jan/2026:00:00:00 +0000',
    timeEpoch: 1_767_225_600_000,
  }
}
