import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { exchange, type Answer } from '../../../lambdas/adapters/exchange.ts'
import { portOf } from '../../support/http-answers.ts'

const BODY = Buffer.from('frame')

afterEach(() => {
  vi.useRealTimers()
})

describe('an exchange', () => {
  it('gives back status, headers and text', async () => {
    const answer = await answerOf((_request, response) => {
      response.writeHead(418, { 'X-Kind': 'tea' }).end('pot ✓')
    })
    expect(answer).toMatchObject({ status: 418, headers: { 'x-kind': 'tea' }, text: 'pot ✓' })
  })

  it('leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    expect(await answerOf((_request, response) => response.end())).toMatchObject({ status: 200 })
    expect(vi.getTimerCount()).toBe(0)
    await answerOf((request) => request.socket.resetAndDestroy())
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has no answer when the line breaks before it', async () => {
    const answer = await answerOf((request) => request.socket.resetAndDestroy())
    expect(answer).toEqual({ code: 'ECONNRESET', message: expect.any(String) })
  })

  it('has no answer when the line breaks within it', async () => {
    const answer = await answerOf((request, response) => {
      response.writeHead(200, { 'Content-Length': '10' })
      response.write('half', () => request.socket.resetAndDestroy())
    })
    expect(answer).toEqual({ code: 'ECONNRESET', message: expect.any(String) })
  })

  it('has no answer when nothing of it comes in time', async () => {
    expect(await answerOf(() => {}, { answerMs: 100 })).toEqual({
      code: 'TimeoutError',
      message: 'no answer within 100 ms',
    })
  })

  it('has no answer when its end does not come in time', async () => {
    const answer = await answerOf(
      (_request, response) => {
        response.writeHead(200, { 'Content-Length': '10' }).write('half')
      },
      { answerMs: 100 },
    )
    expect(answer).toEqual({ code: 'TimeoutError', message: 'no answer within 100 ms' })
  })

  it('has no answer when no connection is made in time', async () => {
    // A name that is never resolved: the socket goes on connecting.
    const request = httpRequest({ host: 'api.example', method: 'POST', lookup: () => {} })
    expect(await exchange(request, BODY, { connectMs: 50, answerMs: 10_000 })).toEqual({
      code: 'TimeoutError',
      message: 'no connection within 50 ms',
    })
    expect(request.destroyed).toBe(true)
  })

  it('may take longer than a connection may', async () => {
    const answer = await answerOf(
      (_request, response) => {
        setTimeout(() => response.writeHead(200).end(), 200)
      },
      { connectMs: 100 },
    )
    expect(answer).toMatchObject({ status: 200 })
  })
})

/** What an exchange with a server that does this comes to. */
async function answerOf(
  listener: RequestListener,
  timeouts: { readonly connectMs?: number; readonly answerMs?: number } = {},
): Promise<Answer> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const request = httpRequest({
    host: '127.0.0.1',
    port: portOf(server.address()),
    method: 'POST',
    headers: ['Host', 'localhost', 'Content-Length', '5'],
  })
  try {
    return await exchange(request, BODY, { connectMs: 5_000, answerMs: 10_000, ...timeouts })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
