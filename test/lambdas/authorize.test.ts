import * as fc from 'fast-check'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { readSender } from '../../lambdas/core/sender.ts'
import { cases } from '../property/cases.ts'
import { captureLog } from '../support/log-lines.ts'
import { captureMetrics } from '../support/metric-lines.ts'
import {
  AUDIENCE,
  documentsOf,
  ISSUER,
  newSigningKey,
  type SigningKey,
} from '../support/signing-key.ts'

const METHOD_ARN = 'arn:aws:execute-api:us-east-1:000000000000:abcdefghij/prod/$connect'
const APP = 'https://app.example'

const log = captureLog()
const metrics = captureMetrics()
let key: SigningKey
let documents = documentsOf()

beforeAll(async () => {
  key = await newSigningKey('key')
})

beforeEach(() => {
  documents = documentsOf(key)
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'Authorize')
  vi.stubEnv('ALLOWED_ORIGINS', `${APP},http://localhost:5173`)
  vi.stubEnv('ALLOW_MISSING_ORIGIN', 'true')
  vi.stubEnv('JWT_ISSUER', ISSUER)
  vi.stubEnv('JWT_AUDIENCE', `other,${AUDIENCE}`)
  vi.doMock('../../lambdas/adapters/fetch-json.ts', () => ({
    fetchJson: (url: string) => Promise.resolve(documents.get(url) ?? null),
  }))
  // The handler reads its environment when it is loaded.
  vi.resetModules()
})

afterEach(() => {
  vi.doUnmock('../../lambdas/adapters/fetch-json.ts')
  vi.unstubAllEnvs()
})

const load = async () => (await import('../../lambdas/authorize.ts')).handler

const policy = (Effect: string, principalId: string) => ({
  principalId,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Effect, Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
  },
})

const event = (headers: Readonly<Record<string, string>>) => ({ methodArn: METHOD_ARN, headers })

describe('authorize', () => {
  it('allows this one connection, and tells whose it is and until when', async () => {
    const handler = await load()
    const exp = Math.floor(Date.now() / 1000) + 60
    const headers = { Authorization: `Bearer ${await key.sign({ exp })}`, Origin: APP }
    expect(await handler(event(headers))).toEqual({
      ...policy('Allow', 'alice'),
      context: { user: 'alice', expiresAt: exp },
    })
    expect([metrics.lines, log.lines]).toEqual([[], []])
  })

  it.each([
    { claims: { rooms: ['lobby', 'team-7-*'] }, rooms: '["lobby","team-7-*"]' },
    { claims: { rooms: 'lobby cellar' }, rooms: '["lobby","cellar"]' },
    { claims: {}, rooms: '[]' },
  ])('tells later events the rooms of $claims, as text', async ({ claims, rooms }) => {
    vi.stubEnv('ROOMS_CLAIM', 'rooms')
    const handler = await load()
    const headers = { Authorization: `Bearer ${await key.sign(claims)}` }
    const { context } = await handler(event(headers))
    expect(context).toEqual({ user: 'alice', expiresAt: expect.any(Number), rooms })
    // As API Gateway hands it on.
    expect(readSender({ connectionId: 'A=', authorizer: context ?? {} })).toMatchObject({
      rooms: JSON.parse(rooms),
    })
    expect(log.lines).toEqual([])
  })

  it('lets a client in whose list of rooms cannot be used, for no room, and tells the log', async () => {
    vi.stubEnv('ROOMS_CLAIM', 'rooms')
    const handler = await load()
    const headers = { Authorization: `Bearer ${await key.sign({ rooms: { secret: 1 } })}` }
    expect(await handler(event(headers))).toMatchObject({ context: { rooms: '[]' } })
    expect(log.lines).toMatchObject([{ event: 'rooms_claim_ignored', error: 'TypeError' }])
    expect(JSON.stringify(log.lines)).not.toMatch(/secret|alice/)
  })

  it('allows anonymous ones when nobody needs a token', async () => {
    vi.stubEnv('JWT_ISSUER', undefined)
    const handler = await load()
    expect(await handler(event({ Origin: 'http://localhost:5173' }))).toEqual(
      policy('Allow', 'anonymous'),
    )
  })

  it('denies a page that is not listed, and counts it', async () => {
    const handler = await load()
    const headers = { Authorization: `Bearer ${await key.sign()}`, Origin: 'https://evil.example' }
    expect(await handler(event(headers))).toEqual(policy('Deny', 'anonymous'))
    expect(metrics.lines).toMatchObject([{ RefusedOrigin: 1, FunctionName: 'Authorize' }])
  })

  it.each([
    ['no token', () => undefined, 'RefusedNoToken'],
    ['an expired one', () => key.sign({ exp: 1 }), 'RefusedExpiredToken'],
    ['one for somebody else', () => key.sign({ aud: 'x' }), 'RefusedToken'],
  ])('throws exactly what API Gateway takes for 401 with %s, and counts it', async (...row) => {
    const [, token, metric] = row
    const handler = await load()
    const text = await token()
    const headers: Record<string, string> =
      text === undefined ? {} : { Authorization: `Bearer ${text}` }
    await expect(handler(event(headers))).rejects.toThrow(/^Unauthorized$/)
    expect(metrics.lines).toMatchObject([{ [metric]: 1 }])
    expect(log.lines).toEqual([])
  })

  it('throws something else when the keys cannot be had, counts it and tells the log', async () => {
    documents.clear()
    const handler = await load()
    const headers = { Authorization: `Bearer ${await key.sign()}` }
    await expect(handler(event(headers))).rejects.toThrow(/^keys_unavailable$/)
    expect(metrics.lines).toMatchObject([{ KeysUnavailable: 1 }])
    expect(log.lines).toMatchObject([{ event: 'keys_unavailable', error: 'IssuerDiscovery' }])
    // The next one asks again.
    documents = documentsOf(key)
    expect(await handler(event(headers))).toMatchObject({ principalId: 'alice' })
  })

  it.each([
    ['ALLOWED_ORIGINS', ''],
    ['JWT_ISSUER', ''],
    ['JWT_AUDIENCE', ''],
    ['JWT_AUDIENCE', undefined],
    // A rule that is forgotten would open every room.
    ['ROOMS_CLAIM', ''],
  ])('does not start when %s is %j', async (name, value) => {
    vi.stubEnv(name, value)
    await expect(load()).rejects.toThrow(`the environment variable ${name} is missing`)
  })

  it('does not start when it has nothing to ask for', async () => {
    vi.stubEnv('ALLOWED_ORIGINS', undefined)
    vi.stubEnv('JWT_ISSUER', undefined)
    await expect(load()).rejects.toThrow('neither an issuer nor origins')
  })

  it('answers whatever comes with a policy or with 401, and tells nobody of it', async () => {
    vi.stubEnv('QUERY_TOKEN', 'true')
    const handler = await load()
    const good = await key.sign()
    const [header = '', claims = '', signature = ''] = good.split('.')
    const part = fc.oneof(
      fc.constantFrom(header, claims, signature, ''),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.string(),
    )
    const token = fc.oneof(
      fc.constant(good),
      fc.tuple(part, part, part).map((parts) => parts.join('.')),
    )
    const value = fc.oneof(
      token.map((text) => `Bearer ${text}`),
      token.map((text) => `switchboard.v1, bearer.${text}`),
      fc.constantFrom(APP, 'https://evil.example'),
      token,
      fc.string(),
    )
    const names = ['Origin', 'authorization', 'Sec-WebSocket-Protocol', 'token', '__proto__']
    const fields = fc.option(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }))
    const outcomes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(fields, fields, async (headers, queryStringParameters) => {
        const answer = await handler({
          methodArn: METHOD_ARN,
          headers,
          queryStringParameters,
        }).catch((error: unknown) => error)
        const outcome =
          answer instanceof Error ? answer.message : JSON.stringify(answer).match(/Allow|Deny/)?.[0]
        expect(outcome).toMatch(/^(Allow|Deny|Unauthorized)$/)
        outcomes.add(String(outcome))
      }),
      cases(1_000),
    )
    expect([...outcomes].toSorted()).toEqual(['Allow', 'Deny', 'Unauthorized'])
    expect(log.lines).toEqual([])
    expect(metrics.texts.join('')).not.toMatch(/eyJ|example|alice/)
  })
})
