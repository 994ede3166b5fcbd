import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { fetchJson } from '../../../lambdas/adapters/fetch-json.ts'
import { issueLocalCertificate } from '../../../local/index.ts'
import { closeServer, listen } from '../../../local/http.ts'

const createSecureContext = tls.createSecureContext

let server: Server
let url: string
let answer: RequestListener
let trusted: string

beforeAll(async () => {
  const { key, cert } = await issueLocalCertificate()
  trusted = cert
  server = createServer({ key, cert }, (request, response) => answer(request, response))
  url = `https://localhost:${await listen(server, 0)}/document`
})

afterAll(() => closeServer(server))

beforeEach(() => {
  // As the local runtime lets functions trust what runs on this machine.
  vi.spyOn(tls, 'createSecureContext').mockImplementation((options) =>
    createSecureContext({ ...options, ca: trusted }),
  )
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('gets what is there', async () => {
  answer = (request, response) => response.end(JSON.stringify({ path: request.url }))
  expect(await fetchJson(url)).toEqual({ path: '/document' })
})

it('takes away what would change every object', async () => {
  answer = (_, response) => response.end('{"a":{"__proto__":{"isAdmin":true},"constructor":1}}')
  expect(JSON.stringify(await fetchJson(url))).toBe('{"a":{}}')
})

it.each([
  ['IssuerStatus', 204, ''],
  ['IssuerStatus', 500, '{}'],
  ['IssuerStatus', 302, ''],
  ['IssuerAnswerNotJson', 200, '<html>'],
  ['IssuerAnswerNotJson', 200, ''],
])('%s: refuses an answer with status %i and body %j', async (name, status, body) => {
  answer = (_, response) => response.writeHead(status, { Location: '/elsewhere' }).end(body)
  await expect(fetchJson(url)).rejects.toMatchObject({ name, message: `${name}: ${url}` })
})

it('refuses more bytes than keys take, and takes as many', async () => {
  const longest = JSON.stringify('a'.repeat(256 * 1024 - 2))
  answer = (_, response) => response.end(longest)
  expect(await fetchJson(url)).toHaveLength(256 * 1024 - 2)
  answer = (_, response) => response.end(`${longest} `)
  await expect(fetchJson(url)).rejects.toMatchObject({ name: 'IssuerAnswerTooLong' })
})

it('trusts nobody whose certificate it does not know', async () => {
  vi.restoreAllMocks()
  answer = (_, response) => response.end('{}')
  await expect(fetchJson(url)).rejects.toMatchObject({ name: 'IssuerUnreachable' })
})

it('is told when the line is dropped in the middle', async () => {
  answer = (_, response) => {
    response.writeHead(200, { 'Content-Length': 10 })
    response.write('{"a"')
    setImmediate(() => response.destroy())
  }
  await expect(fetchJson(url)).rejects.toMatchObject({ name: 'IssuerUnreachable' })
})

it.each([
  ['before', false],
  ['after', true],
])('waits three seconds for an answer that stops %s its head', async (_, hasHead) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const asked = new Promise<void>((resolve) => {
    answer = (_request, response) => {
      if (hasHead) response.writeHead(200, { 'Content-Length': 10 }).write('{"a"')
      resolve()
    }
  })
  const failed = vi.fn()
  const fetching = fetchJson(url).catch(failed)
  await asked
  await vi.advanceTimersByTimeAsync(2_999)
  expect(failed).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  await fetching
  expect(failed).toHaveBeenCalledWith(expect.objectContaining({ name: 'IssuerTimeout' }))
})
