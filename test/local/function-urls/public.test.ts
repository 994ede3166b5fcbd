import { describe, expect, it } from 'vitest'
import type { InvocationResult } from '../../../local/functions/execution-environment.ts'
import { FORBIDDEN, PUBLIC, TestUrl } from '../../support/function-url.ts'

describe('a public function URL', () => {
  it('needs both permissions for everybody', async () => {
    for (const permissions of [PUBLIC.slice(0, 1), PUBLIC.slice(1), []]) {
      const closed = await TestUrl.start('NONE', permissions)
      const answer = await fetch(closed.url)
      expect([answer.status, await answer.json()]).toEqual([403, FORBIDDEN])
    }
    const open = await TestUrl.start('NONE', PUBLIC)
    expect((await fetch(open.url)).status).toBe(200)
    expect(open.trace.ofKind('call')[0]).toMatchObject({ principalArn: 'anonymous', allowed: true })
  })

  it('gives the function the request, in version 2.0', async () => {
    const target = await TestUrl.start('NONE', PUBLIC)
    await fetch(`${target.url}my/p%20th?a=1&a=2&b=x+y`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'User-Agent': 'it',
        Cookie: 'one=1; two=2',
        'X-Own': 'a',
      },
      body: '{"é":1}',
    })
    const { host, port } = new URL(target.url)
    const event = target.event()
    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/my/p%20th',
      rawQueryString: 'a=1&a=2&b=x+y',
      cookies: ['one=1', 'two=2'],
      headers: expect.objectContaining({
        host,
        'content-type': 'application/json',
        'x-own': 'a',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': port,
        'x-forwarded-proto': 'http',
      }),
      queryStringParameters: { a: '1,2', b: 'x y' },
      requestContext: {
        accountId: 'anonymous',
        apiId: 'abc',
        domainName: host,
        domainPrefix: 'abc',
        http: {
          method: 'POST',
          path: '/my/p%20th',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'it',
        },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: '$default',
        stage: '$default',
        time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
        timeEpoch: expect.any(Number),
      },
      body: '{"é":1}',
      isBase64Encoded: false,
    })
    expect(event['headers']).not.toHaveProperty('cookie')
  })

  it.each([
    ['text/plain; charset=utf-8', false],
    ['application/problem+json', false],
    ['application/x-www-form-urlencoded', true],
    ['application/jsonp', true],
    ['image/png', true],
  ])('encodes a body by its type: %s', async (type, encoded) => {
    const target = await TestUrl.start('NONE', PUBLIC)
    await fetch(target.url, { method: 'POST', headers: { 'Content-Type': type }, body: 'hello' })
    const body = encoded ? Buffer.from('hello').toString('base64') : 'hello'
    expect(target.event()).toMatchObject({ body, isBase64Encoded: encoded })
  })

  it('says nothing of what a request does not have', async () => {
    const target = await TestUrl.start('NONE', PUBLIC)
    await fetch(target.url)
    const absent = new Set(['cookies', 'queryStringParameters', 'body'])
    expect(Object.keys(target.event()).filter((name) => absent.has(name))).toEqual([])
    expect(target.event()['requestContext']).not.toHaveProperty('authorizer')
  })

  it.each<[string, InvocationResult, number, string]>([
    [
      'has failed',
      { ok: false, errorType: 'Error', errorMessage: 'no' },
      502,
      'Internal Server Error',
    ],
    [
      'has returned nonsense',
      { ok: true, payload: '{"statusCode":"no"}' },
      502,
      'Internal Server Error',
    ],
    [
      'is throttled',
      { ok: false, errorType: 'TooManyRequestsException', errorMessage: 'no' },
      429,
      'Rate Exceeded.',
    ],
  ])('answers by itself when the function %s', async (_, returned, status, message) => {
    const target = await TestUrl.start('NONE', PUBLIC)
    target.returned = returned
    const answer = await fetch(target.url)
    expect([answer.status, await answer.json()]).toEqual([status, { message }])
  })

  it('takes what the function can, and no more', async () => {
    const target = await TestUrl.start('NONE', PUBLIC)
    const post = (bytes: number): Promise<Response> =>
      fetch(target.url, {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain' },
        body: 'x'.repeat(bytes),
      })
    const limit = 6 * 1024 * 1024
    expect((await post(limit - 2_000)).status).toBe(200)
    // Its event would be too large; the second is by itself.
    for (const bytes of [limit, limit + 1]) {
      const answer = await post(bytes)
      expect([answer.status, await answer.json()]).toEqual([
        413,
        { message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation' },
      ])
    }
    expect(target.events).toHaveLength(1)
  })

  it('passes on status, headers, cookies and bytes', async () => {
    const target = await TestUrl.start('NONE', PUBLIC)
    const response = {
      statusCode: 201,
      headers: { 'Content-Type': 'image/png', 'X-Own': 7 },
      cookies: ['a=1; Max-Age=7', 'b=2'],
      body: Buffer.from([0, 255]).toString('base64'),
      isBase64Encoded: true,
    }
    target.returned = { ok: true, payload: JSON.stringify(response) }
    const answer = await fetch(target.url)
    expect(answer.status).toBe(201)
    expect(answer.headers.get('content-type')).toBe('image/png')
    expect(answer.headers.get('x-own')).toBe('7')
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Max-Age=7', 'b=2'])
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255])
    expect((await fetch(target.url, { method: 'HEAD' })).headers.get('content-length')).toBe('2')
  })
})
