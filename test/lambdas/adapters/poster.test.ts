import { once } from 'node:events'
import { createServer } from 'node:net'
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClientConfig,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readAwsError } from '../../../lambdas/adapters/aws-error.ts'
import { Poster } from '../../../lambdas/adapters/poster.ts'
import { answering, portOf, type AnsweringServer } from '../../support/http-answers.ts'
import { signBySdk } from '../../support/sign-by-sdk.ts'

const ROLE = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'a/b+c==' }
const LARGE = 'x'.repeat(200_000)
const HOUR_MS = 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

describe('a post', () => {
  it('arrives with a signature that holds for what arrived', async () => {
    await using server = await answering({ status: 200 })
    await posterAt(`${server.url}/prod`).post('L0SM9cOFvHcCIhw=', '{"data":"✓"}')
    const [request] = server.requests
    const { host = '', 'x-amz-date': date, authorization } = request?.headers ?? {}
    expect(`http://${host}`).toBe(server.url)
    expect(authorization).toBe(
      await signBySdk({
        region: 'eu-west-1',
        host,
        path: request?.path ?? '',
        frame: request?.body ?? '',
        credentials: ROLE,
        date: fromAmzDate(String(date)),
      }),
    )
  })

  it.each([
    { endpoint: '', path: '/@connections/A%3D' },
    { endpoint: '/', path: '/@connections/A%3D' },
    { endpoint: '/prod', path: '/prod/@connections/A%3D' },
    { endpoint: '/prod/', path: '/prod/@connections/A%3D' },
  ])('goes to $path when the endpoint ends with "$endpoint"', async ({ endpoint, path }) => {
    await using server = await answering({ status: 200 })
    expect(await posterAt(server.url + endpoint).post('A=', 'frame')).toBeUndefined()
    expect(server.requests.map((request) => request.path)).toEqual([path])
  })

  it('begins with a TLS handshake when the endpoint is https', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const firstByte = new Promise<number | undefined>((resolve) => {
      server.once('connection', (socket) => {
        socket.once('data', (data) => {
          resolve(data[0])
          socket.resetAndDestroy()
        })
      })
    })
    // The retry finds nobody.
    server.once('connection', () => server.close())
    const post = posterAt(`https://127.0.0.1:${portOf(server.address())}`).post('A=', 'frame')
    expect(await firstByte).toBe(0x16)
    expect(await post).toMatchObject({ status: undefined })
  })

  it.each([
    { status: 410, headers: { 'x-amzn-ErrorType': 'GoneException' } },
    { status: 410 },
    { status: 403, headers: { 'x-amzn-ErrorType': 'ForbiddenException:http://internal/' } },
    {
      status: 403,
      headers: { 'x-amzn-RequestId': 'request-1' },
      body: '{"Message":"not allowed"}',
    },
    {
      status: 400,
      headers: { 'x-amzn-ErrorType': 'BadRequestException' },
      body: '{"message":"no"}',
    },
    { status: 429, headers: { 'x-amzn-ErrorType': 'LimitExceededException' }, body: '{}' },
    { status: 500 },
  ])('that is answered with $status $headers $body fails as the SDK’s does', async (answer) => {
    await using server = await answering(answer)
    const client = clientAt(server.url)
    const command = new PostToConnectionCommand({ ConnectionId: 'A=', Data: 'frame' })
    const thrown: unknown = await client.send(command).catch((error: unknown) => error)
    expect(await posterAt(server.url).post('A=', 'frame')).toEqual(readAwsError(thrown))
  })
})

describe('the lines of a poster', () => {
  it('are used again', async () => {
    await using server = await answering({ status: 200 })
    const poster = posterAt(server.url)
    for (let post = 0; post < 3; post += 1) await poster.post('A=', 'frame')
    expect(linesOf(server)).toEqual([1, 1, 1])
  })

  it('are used again after an answer with a body, however long', async () => {
    await using server = await answering({ status: 500, body: LARGE }, { status: 200, body: LARGE })
    const poster = posterAt(server.url)
    expect(await poster.post('A=', 'frame')).toMatchObject({ name: 'Unknown', status: 500 })
    expect(await poster.post('A=', 'frame')).toBeUndefined()
    expect(await poster.post('A=', 'frame')).toBeUndefined()
    expect(linesOf(server)).toEqual([1, 1, 1])
  })

  it('are fifty at most', async () => {
    await using server = await answering({ status: 200 })
    const poster = posterAt(server.url)
    await Promise.all(Array.from({ length: 120 }, () => poster.post('A=', 'frame')))
    expect(server.requests).toHaveLength(120)
    expect(Math.max(...linesOf(server))).toBe(50)
  })

  it('are new after one was dropped, because a thaw finds all of them dead', async () => {
    await using server = await answering({ status: 200 }, { status: 200 }, 'reset', { status: 200 })
    const poster = posterAt(server.url)
    await Promise.all([poster.post('A=', 'frame'), poster.post('B=', 'frame')])
    expect(await poster.post('C=', 'frame')).toBeUndefined()
    expect(linesOf(server).toSorted((one, other) => one - other)).toEqual([
      1,
      expect.any(Number),
      2,
      3,
    ])
    expect(linesOf(server).at(-1)).toBe(3)
  })

  it('are tried twice and no more', async () => {
    await using server = await answering('reset', 'reset', { status: 200 })
    const error = await posterAt(server.url).post('A=', 'frame')
    expect(error).toMatchObject({ name: 'ECONNRESET', status: undefined })
    expect(server.requests).toHaveLength(2)
  })

  it('are not tried twice when no answer comes', async () => {
    await using server = await answering('silence')
    const poster = new Poster(() => clientAt(server.url), { connectMs: 1_000, answerMs: 100 })
    expect(await poster.post('A=', 'frame')).toMatchObject({ name: 'TimeoutError' })
    expect(server.requests).toHaveLength(1)
  })
})

describe('what a poster takes from the SDK’s client', () => {
  it('is credentials that are renewed before they expire', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    await using server = await answering({ status: 200 })
    let issued = 0
    const poster = posterAt(server.url, {
      credentials: () => {
        issued += 1
        const expiration = new Date(Date.now() + HOUR_MS)
        return Promise.resolve({ ...ROLE, accessKeyId: `KEY${issued}`, expiration })
      },
    })
    await poster.post('A=', 'frame')
    await poster.post('A=', 'frame')
    vi.setSystemTime(Date.now() + HOUR_MS - 60_000)
    await poster.post('A=', 'frame')
    expect(server.requests.map(({ headers }) => keyOf(headers.authorization))).toEqual([
      'KEY1',
      'KEY1',
      'KEY2',
    ])
  })

  it.each(['region', 'credentials'])('is asked again when its %s failed', async (what) => {
    await using server = await answering({ status: 200 })
    let calls = 0
    const failOnce = async <T>(value: T): Promise<T> => {
      calls += 1
      if (calls === 1) throw new Error('not yet')
      return await Promise.resolve(value)
    }
    const poster = posterAt(server.url, {
      ...(what === 'region' && { region: () => failOnce('eu-west-1') }),
      ...(what === 'credentials' && { credentials: () => failOnce(ROLE) }),
    })
    await expect(poster.post('A=', 'frame')).rejects.toThrow('not yet')
    expect(await poster.post('A=', 'frame')).toBeUndefined()
    expect(server.requests).toHaveLength(1)
  })

  it('is an endpoint that somebody has set', async () => {
    const client = new ApiGatewayManagementApiClient({ region: 'eu-west-1', credentials: ROLE })
    const poster = new Poster(() => client, { connectMs: 1_000, answerMs: 10_000 })
    await expect(poster.post('A=', 'frame')).rejects.toThrow('has no endpoint')
  })
})

function posterAt(endpoint: string, config: ApiGatewayManagementApiClientConfig = {}): Poster {
  return new Poster(() => clientAt(endpoint, config), { connectMs: 1_000, answerMs: 10_000 })
}

function clientAt(
  endpoint: string,
  config: ApiGatewayManagementApiClientConfig = {},
): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    region: 'eu-west-1',
    credentials: ROLE,
    maxAttempts: 1,
    ...config,
  })
}

function linesOf(server: AnsweringServer): number[] {
  return server.requests.map(({ line }) => line)
}

function keyOf(authorization = ''): string | undefined {
  return /Credential=([^/]+)/.exec(authorization)?.[1]
}

/** Of `20150830T123600Z`. */
function fromAmzDate(date: string): Date {
  return new Date(date.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'))
}
