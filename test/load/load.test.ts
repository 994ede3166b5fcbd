import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  inject,
  it,
  onTestFinished,
} from 'vitest'
import { closeServer, listen } from '../../local/http.ts'
import type { Local } from '../../local/index.ts'
import { AUDIENCE, startClosedStack } from '../support/closed-stack.ts'
import { eventually } from '../support/eventually.ts'
import { ROOT } from '../support/root.ts'
import { startStack } from '../support/stack.ts'

const percentiles = v.nullable(
  v.strictObject({ p50: v.number(), p90: v.number(), p99: v.number(), max: v.number() }),
)
const summarySchema = v.strictObject({
  connections: v.strictObject({ wanted: v.number(), connected: v.number() }),
  messages: v.strictObject({ sent: v.number(), acknowledged: v.number(), queued: v.number() }),
  deliveries: v.strictObject({
    received: v.number(),
    accepted: v.number(),
    gone: v.number(),
    failed: v.number(),
  }),
  perSecond: v.strictObject({ sent: v.number(), received: v.number() }),
  ackMilliseconds: percentiles,
  deliveryMilliseconds: percentiles,
  errors: v.record(v.string(), v.number()),
  stopped: v.boolean(),
})

let local: Local
beforeAll(async () => {
  local = await startStack()
})
afterEach(() => local.faults.set({ rules: [] }))
afterAll(() => local.close())

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'load/run.ts', ...args], { cwd: ROOT })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }))
  return { child, ended }
}

/** Runs the tool on the local stage, and reads what it says. */
async function load(...args: readonly string[]) {
  const small = ['--connections', '4', '--rate', '10', '--seconds', '1', '--json']
  const { code, stdout } = await start('--url', local.url, ...small, ...args).ended
  expect(code).toBe(0)
  return v.parse(summarySchema, JSON.parse(stdout))
}

describe('npm run load', () => {
  it.each(['self', 'next'])('sends to %s, measures all, and closes its connections', async (to) => {
    const before = local.trace.ofKind('disconnect').length
    const summary = await load('--to', to)
    expect(summary).toMatchObject({
      connections: { wanted: 4, connected: 4 },
      messages: { sent: 10, acknowledged: 10, queued: 0 },
      deliveries: { received: 10, accepted: 10, gone: 0, failed: 0 },
      errors: {},
      stopped: false,
    })
    expect(summary.ackMilliseconds?.p50).toBeGreaterThan(0)
    expect(summary.deliveryMilliseconds?.max).toBeGreaterThan(0)
    await eventually(() => local.trace.ofKind('disconnect').length === before + 4)
    const closed = local.trace.ofKind('disconnect').slice(before)
    expect(closed.map(({ code }) => code)).toEqual([1000, 1000, 1000, 1000])
  })

  it('sends to everyone when that is asked for, and draws a chart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'load-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const chart = join(folder, 'load.svg')
    const summary = await load('--to', 'everyone', '--chart', chart)
    expect(summary.deliveries).toMatchObject({ received: 40, accepted: 40 })
    expect(readFileSync(chart, 'utf8')).toMatch(/^<svg.*delivery/s)
  })

  it('connects with a token where one is asked for', async () => {
    const closed = await startClosedStack(inject('closedAssembly'))
    const token = await closed.issuer.sign({ sub: 'load', aud: AUDIENCE })
    const options = ['--url', closed.local.url, '--connections', '1', '--rate', '2', '--json']
    const run = async (...more: readonly string[]) => {
      const { stdout } = await start(...options, '--seconds', '1', ...more).ended
      return v.parse(summarySchema, JSON.parse(stdout))
    }
    expect((await run('--token', token)).errors).toEqual({})
    expect((await run()).errors).toEqual({ 'handshake 401': 1 })
    await closed.close()
  })

  it('counts errors by their kind', async () => {
    local.faults.set({
      rules: [
        { on: 'function', function: '*Connect*', at: [1], error: 'refused' },
        { on: 'function', function: '*SendMessage*', at: [1, 2], error: 'broken' },
        { on: 'connections', operation: 'POST', at: [1, 2, 3], status: 410 },
      ],
    })
    const { connections, errors } = await load()
    expect(connections).toEqual({ wanted: 4, connected: 3 })
    expect(errors).toEqual({
      'handshake 502': 1,
      'Internal server error': 2,
      NOT_CONNECTED: 3,
    })
  })

  it('says what it costs before it begins, and shows the result as text', async () => {
    const options = ['--connections', '1', '--rate', '1', '--seconds', '1']
    const { stdout, stderr } = await start('--url', local.url, ...options).ended
    expect(stderr).toContain('on AWS less than a cent')
    expect(stdout).toContain('messages     1 sent, 1 acknowledged')
    expect(stdout).toContain('no errors')
  })

  it('ends with 1 when nothing could connect', async () => {
    const server = createServer()
    const port = await listen(server, 0)
    await closeServer(server)
    const url = `ws://localhost:${port}/prod`
    const { code, stdout } = await start('--url', url, '--connections', '2', '--json').ended
    expect(code).toBe(1)
    expect(v.parse(summarySchema, JSON.parse(stdout)).errors).toEqual({
      'handshake ECONNREFUSED': 2,
    })
  })

  it('does not start without a URL', async () => {
    const { code, stdout, stderr } = await start().ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^--url: expected .*npm run load -- --url/s)
    const help = await start('--help').ended
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--connect-rate N')
  })

  // Windows has no signals that a process could be asked to end by.
  it.skipIf(process.platform === 'win32')('stops cleanly at Ctrl-C', async () => {
    const handshakes = () => local.trace.ofKind('handshake').length
    const messages = () => local.trace.ofKind('message').filter((m) => m.routeKey === 'sendmessage')
    const [before, sent] = [handshakes(), messages().length]
    const left = local.trace.ofKind('disconnect').length
    const { child, ended } = start('--url', local.url, '--connections', '3', '--json')
    await eventually(() => handshakes() === before + 3 && messages().length > sent)
    child.kill('SIGINT')
    const { code, stdout } = await ended
    expect(code).toBe(0)
    const summary = v.parse(summarySchema, JSON.parse(stdout))
    expect(summary).toMatchObject({ stopped: true, errors: {} })
    expect(summary.messages.acknowledged).toBe(summary.messages.sent)
    await eventually(() => local.trace.ofKind('disconnect').length === left + 3)
  })
})
