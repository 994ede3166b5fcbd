import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConsoleOptions, Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { startFixture } from '../support/fixture.ts'

const page: ConsoleOptions = {
  files: new Map([
    [
      '/',
      { contentType: 'text/html; charset=utf-8', body: '<!doctype html><title>A page</title>' },
    ],
    ['/@console/main.js', { contentType: 'text/javascript', body: 'hello()' }],
  ]),
  tokens: {
    subjects: ['alice'],
    sign: (subject, nowMs) => Promise.resolve(`token of ${subject} at ${nowMs}`),
  },
}

let local: Local
beforeAll(async () => {
  local = await startFixture({ console: page })
})
afterAll(() => local.close())

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

type Headers = Readonly<Record<string, string>>

interface Question {
  readonly method: string
  readonly headers: Headers
  readonly body: string
  readonly secure: boolean
}

/** As `fetch`, which lets nobody choose the Host. */
async function ask(path: string, question: Partial<Question> = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body = '', secure = false } = question
  const { port } = new URL(local.url)
  const options = { host: '127.0.0.1', port, path, method, headers }
  const request = secure
    ? httpsRequest({ ...options, rejectUnauthorized: false })
    : httpRequest(options)
  const answered = new Promise<IncomingMessage>((resolve) => request.once('response', resolve))
  request.end(body)
  const response = await answered
  return { status: response.statusCode, headers: response.headers, text: await text(response) }
}

/** What the console's own page sends with a POST. */
function fromPage(): Headers {
  const { host } = new URL(local.url)
  const json = { 'Content-Type': 'application/json' }
  return { ...json, Host: host, Origin: `http://${host}`, 'Sec-Fetch-Site': 'same-origin' }
}

function post(name: string, body: string, headers = fromPage(), secure = false): Promise<Answer> {
  return ask(`/@console/${name}`, { method: 'POST', headers, body, secure })
}

describe('the console', () => {
  it('is a page beside the stage, at the URL that it is known by', async () => {
    expect(local.consoleUrl).toBe(`http://${new URL(local.url).host}/`)
    const answer = await fetch(local.consoleUrl ?? '')
    expect(await answer.text()).toBe('<!doctype html><title>A page</title>')
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await ask('/@console/main.js?x')).toMatchObject({ status: 200, text: 'hello()' })
  })

  it('leaves the stage as it is', async () => {
    expect((await ask(new URL(local.url).pathname)).status).toBe(426)
    expect(await ask('/other')).toMatchObject({ status: 403, text: '{"message":"Forbidden"}' })
    const client = await TestClient.connect(local.url)
    expect(await client.connectionId()).not.toBe('')
    await client.close()
  })

  it('lets nothing run but its own files, and nobody keep or frame them', async () => {
    for (const path of ['/', '/@console/config', '/@console/nothing']) {
      const { headers } = await ask(path)
      const policy = String(headers['content-security-policy']).split('; ')
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).toContain("require-trusted-types-for 'script'")
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    }
  })

  it.each(['localhost', 'localhost:3001', '127.0.0.1:3001', '[::1]:3001', 'LOCALHOST'])(
    'is there for the host %s',
    async (host) => {
      expect((await ask('/', { headers: { Host: host } })).status).toBe(200)
    },
  )

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:3001',
    '127.0.0.1.evil.example',
    'localhost:3001.evil.example',
    '192.168.1.7:3001',
    'user@localhost',
  ])('is not there for the host "%s", which may be a foreign page’s own', async (host) => {
    for (const path of ['/', '/@console/config', '/@console/main.js']) {
      const answer = await ask(path, { headers: { Host: host } })
      expect(answer).toMatchObject({ status: 403, text: '{"message":"Forbidden"}' })
    }
    const own = { ...fromPage(), Host: host, Origin: `http://${host}` }
    expect((await post('advance', '{"minutes":1}', own)).status).toBe(403)
  })
})

describe('the API of the console', () => {
  it('says what runs, and who can have a token', async () => {
    expect(JSON.parse((await ask('/@console/config')).text)).toEqual({
      name: local.app.stackNames.join(' and '),
      url: local.url,
      routes: [...local.app.api.routes.keys()],
      subjects: ['alice'],
    })
  })

  it('shows what is stored as it is, and how much is queued', async () => {
    const client = await TestClient.connect(local.url)
    const items = await local.storedItems()
    expect(items.length).toBeGreaterThan(0)
    expect(JSON.parse((await ask('/@console/stored')).text)).toEqual({
      nowMs: expect.any(Number),
      tables: [{ name: items[0]?.tableName, count: items.length, items: items.map((i) => i.item) }],
      queues: local.app.queues.map(({ queueName }) => ({ name: queueName, messages: 0 })),
    })
    await client.close()
  })

  it('moves the clock on', async () => {
    const before = local.clock.now()
    const answer = await post('advance', '{"minutes":10}')
    expect(answer.status).toBe(200)
    expect(local.clock.now()).toBeGreaterThanOrEqual(before + 600_000)
    expect(JSON.parse(answer.text)).toEqual({ nowMs: expect.any(Number) })
  })

  it('has tokens signed by the clock that the functions judge them by', async () => {
    await local.clock.advance('1 hour')
    const before = local.clock.now()
    const { text: answer } = await post('token', '{"subject":"alice"}')
    const [, subject, nowMs] = /token of (\w+) at (\d+)/.exec(answer) ?? []
    expect(subject).toBe('alice')
    expect(Number(nowMs)).toBeGreaterThanOrEqual(before)
  })

  it('signs no token for a time that is just passing', async () => {
    let release = (): void => {}
    // A function that runs, for which time waits.
    void local.clock.hold(new Promise<void>((resolve) => (release = resolve)))
    const before = local.clock.now()
    const advanced = local.clock.advance('2 hours')
    const answered = post('token', '{"subject":"alice"}')
    await ask('/@console/config')
    release()
    const { text: answer } = await answered
    await advanced
    const [, nowMs] = / at (\d+)/.exec(answer) ?? []
    expect(Number(nowMs) - before).toBeGreaterThanOrEqual(2 * 3_600_000)
  })

  it.each([
    ['a negative time', 'advance', '{"minutes":-1}', 400, 'BAD_REQUEST', /^minutes: /],
    ['a day and a minute', 'advance', '{"minutes":1441}', 400, 'BAD_REQUEST', /^minutes: /],
    ['words', 'advance', '{"minutes":"10"}', 400, 'BAD_REQUEST', /^minutes: .*"10"/],
    ['a field too many', 'advance', '{"minutes":1,"hours":1}', 400, 'BAD_REQUEST', /hours/],
    ['nothing', 'advance', '', 400, 'BAD_REQUEST', /Object/],
    ['no JSON', 'advance', '{minutes:1}', 400, 'BAD_REQUEST', /Object/],
    ['a list', 'advance', '[]', 400, 'BAD_REQUEST', /Object/],
    ['too much', 'advance', `{"minutes":${'1'.repeat(2_000)}}`, 413, 'TOO_LARGE', /1024 bytes/],
    ['a stranger', 'token', '{"subject":"mallory"}', 404, 'NOT_FOUND', /nobody/],
    ['an inherited subject', 'token', '{"subject":"constructor"}', 404, 'NOT_FOUND', /nobody/],
    ['anything', 'nothing', '{}', 404, 'NOT_FOUND', /nothing of this name/],
    ['anything', '__proto__', '{}', 404, 'NOT_FOUND', /nothing of this name/],
    ['anything', 'stored', '{}', 405, 'METHOD_NOT_ALLOWED', /expected GET/],
  ])('refuses %s, posted to %s', async (_, name, body, status, code, message) => {
    const answer = await post(name, body)
    expect(answer.status).toBe(status)
    expect(JSON.parse(answer.text)).toEqual({ code, message: expect.stringMatching(message) })
  })

  it('moves nothing for anything but a POST', async () => {
    const before = local.clock.offset[0]
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await ask('/@console/advance', { method, headers: fromPage() })
      expect(answer.status).toBe(405)
    }
    expect(local.clock.offset[0]).toBe(before)
  })

  it.each<[string, Readonly<Record<string, string | undefined>>, number]>([
    ['of no origin', { Origin: undefined }, 403],
    ['of another origin', { Origin: 'https://evil.example' }, 403],
    ['of another port of this machine', { Origin: 'http://localhost:1' }, 403],
    ['of an origin that is kept secret', { Origin: 'null' }, 403],
    ['of another scheme', { Origin: 'https://localhost:PORT' }, 403],
    ['of a page that its browser calls cross-site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['of a page that its browser calls same-site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['that a form can send', { 'Content-Type': 'text/plain' }, 415],
    ['with no type', { 'Content-Type': undefined }, 415],
    ['with a type like JSON', { 'Content-Type': 'application/jsonp' }, 415],
  ])('refuses a POST %s', async (_, changed, status) => {
    const before = local.clock.offset[0]
    const { port } = new URL(local.url)
    const headers: Record<string, string> = {}
    for (const [name, value] of Object.entries({ ...fromPage(), ...changed })) {
      if (value !== undefined) headers[name] = value.replace('PORT', port)
    }
    expect((await post('advance', '{"minutes":10}', headers)).status).toBe(status)
    const answer = await post('token', '{"subject":"alice"}', headers)
    expect(answer.status).toBe(status)
    expect(answer.text).not.toContain('token of')
    expect(local.clock.offset[0]).toBe(before)
  })

  it.each(['cross-site', 'same-site'])('tells a page nothing that is %s', async (site) => {
    const answer = await ask('/@console/stored', { headers: { 'Sec-Fetch-Site': site } })
    expect(answer.status).toBe(403)
    expect(answer.text).toContain('FORBIDDEN')
  })

  it('tells a program all that it needs to act as the developer', async () => {
    const answer = await fetch(new URL('/@console/developer', local.consoleUrl))
    const { credentials, dynamodbUrl, queuesUrl } = local
    const endpoints = { dynamodb: dynamodbUrl, sqs: queuesUrl }
    const { region } = local.app.account
    expect(await answer.json()).toEqual({ outputs: local.outputs, credentials, region, endpoints })
    expect(local.outputs).toEqual({ Url: local.url.replace('localhost', '127.0.0.1') })
  })

  it.each<[string, Headers]>([
    ['a page elsewhere, by its Origin', { Origin: 'https://evil.example' }],
    ['a page on another port of this machine', { Origin: 'http://localhost:1' }],
    ['a page that hides its Origin', { Origin: 'null' }],
    ['a page that its browser calls cross-site', { 'Sec-Fetch-Site': 'cross-site' }],
    ['a page that its browser calls same-site', { 'Sec-Fetch-Site': 'same-site' }],
    ['a page at a name of its own that leads here', { Host: 'evil.example' }],
  ])("keeps the developer's credentials from %s", async (_, changed) => {
    const { host } = new URL(local.url)
    const answer = await ask('/@console/developer', { headers: { Host: host, ...changed } })
    expect(answer.status).toBe(403)
    expect(answer.text).not.toContain(local.credentials.accessKeyId)
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('takes the page that came by https for its own', async () => {
    const { host } = new URL(local.url)
    const secure = { ...fromPage(), Origin: `https://${host}` }
    expect((await post('advance', '{"minutes":0}', secure, true)).status).toBe(200)
    expect((await post('advance', '{"minutes":0}', fromPage(), true)).status).toBe(403)
  })
})

describe('without a console', () => {
  it('the port serves the stage alone (H2)', async () => {
    const other = await startFixture()
    try {
      expect(other.consoleUrl).toBeUndefined()
      const { origin } = new URL(other.callbackUrl)
      for (const path of ['/', '/@console/config']) {
        expect((await fetch(origin + path)).status).toBe(403)
      }
    } finally {
      await other.close()
    }
  })
})
