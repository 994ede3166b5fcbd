import { describe, expect, it } from 'vitest'
import { publishRequest } from '../../../lambdas/core/publish-request.ts'
import { FakeDelivery } from '../../support/fake-delivery.ts'

const BODY = '{"to":"everyone","data":"hi"}'

describe('a backend that publishes over HTTP', () => {
  it('hears the id of the message that is in the queue then', async () => {
    const deps = new FakeDelivery()
    const response = await publishRequest('POST', BODY, deps)
    expect(response).toEqual({ status: 202, answer: { id: 'message-1' } })
    expect(deps.queue.jobs).toEqual([{ to: 'everyone', data: 'hi', id: 'message-1' }])
    expect(deps.posts).toEqual([])
  })

  it('may give the id itself', async () => {
    const deps = new FakeDelivery()
    const body = '{"to":{"room":"lobby"},"data":1,"id":"my own"}'
    expect(await publishRequest('POST', body, deps)).toMatchObject({ answer: { id: 'my own' } })
    expect(deps.queue.jobs).toEqual([JSON.parse(body)])
  })

  it.each([
    { method: 'GET', body: BODY, status: 405, code: 'BAD_MESSAGE', message: 'expected POST' },
    { method: 'post', body: BODY, status: 405, code: 'BAD_MESSAGE', message: 'received post' },
    { method: 'POST', body: '', status: 400, code: 'BAD_MESSAGE', message: 'not JSON' },
    { method: 'POST', body: '{"to":1}', status: 400, code: 'BAD_MESSAGE', message: 'to: expected' },
    {
      method: 'POST',
      body: JSON.stringify({ to: 'everyone', data: 'x'.repeat(131_072) }),
      status: 413,
      code: 'TOO_LARGE',
      message: 'data: the message would have',
    },
  ])('hears $status for $method with what is wrong: $message', async (row) => {
    const deps = new FakeDelivery()
    expect(await publishRequest(row.method, row.body, deps)).toEqual({
      status: row.status,
      answer: { code: row.code, message: expect.stringContaining(row.message) },
    })
    expect([deps.queue.jobs, deps.reports]).toEqual([[], []])
  })

  it('hears 500 when the queue fails, and nothing of why, which the log tells', async () => {
    const deps = new FakeDelivery()
    const error = new Error('the queue')
    deps.queue.error = error
    expect(await publishRequest('POST', BODY, deps)).toEqual({
      status: 500,
      answer: {
        code: 'INTERNAL',
        message: 'something failed on our side; try again, with the same id',
      },
    })
    expect(deps.reports).toEqual([{ event: 'publish_failed', error }])
  })
})
