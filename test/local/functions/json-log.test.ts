import { describe, expect, it } from 'vitest'
import { isWritten, jsonLine } from '../../../local/functions/json-log.mjs'
import type { JsonLogs } from '../../../local/functions/messages.ts'
import { TestFunction } from '../../support/local-function.ts'
import { record } from '../../support/template.ts'

const HEAD = { timestamp: '2026-01-31T12:00:00.000Z', level: 'INFO', requestId: 'an-id' } as const
const ISO_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)

class OddError extends TypeError {
  readonly code = 'ODD'
}
const odd = new OddError('odd')
const ODD = { errorType: 'OddError', errorMessage: 'odd', stackTrace: odd.stack?.split('\n') }

const circular: Record<string, unknown> = { name: 'loop' }
circular['self'] = circular

describe('a line in JSON', () => {
  it.each<[string, unknown[], object]>([
    ['one text as the message', ['hello\nyou'], { message: 'hello\nyou' }],
    ['one object as the message', [{ a: [1] }], { message: { a: [1] } }],
    ['a number', [7], { message: 7 }],
    ['no message', [], {}],
    ['an error with what is put on it', [odd], { message: { ...ODD, code: 'ODD' } }],
    ['an error inside', [{ why: odd }], { message: { why: { ...ODD, code: 'ODD' } } }],
    ['several as text', ['%s is %d', 'x', 1, { a: 1 }], { message: 'x is 1 { a: 1 }' }],
    ['what has no JSON as text', [1n], { message: '1n' }],
  ])('has %s', (_, parts, rest) => {
    expect(JSON.parse(jsonLine(HEAD, parts))).toEqual({ ...HEAD, ...rest })
  })

  it('has what refers to itself as text', () => {
    expect(jsonLine(HEAD, [circular])).toContain('[Circular *1]')
  })

  it('says beside several what the first error among them is', () => {
    const line = record(JSON.parse(jsonLine(HEAD, ['bad:', odd, new Error('other')])))
    expect(line).toMatchObject(ODD)
    expect(line['message']).toMatch(/^bad: OddError .*Error: other/s)
  })

  it('is one line', () => {
    expect(jsonLine(HEAD, ['a\nb', odd])).not.toContain('\n')
  })

  it.each([
    ['DEBUG', 'TRACE', true],
    ['DEBUG', 'DEBUG', true],
    ['DEBUG', 'INFO', false],
    ['ERROR', 'FATAL', false],
    ['FATAL', 'FATAL', true],
  ] as const)('of the level %s is written from %s on: %s', (level, least, written) => {
    expect(isWritten(level, least)).toBe(written)
  })
})

const CODE = `
  console.info('loading')
  export const handler = (event, context) => {
    for (const level of ['trace', 'debug', 'log', 'info', 'warn', 'error', 'fatal']) {
      console[level]({ event: level })
    }
    process.stdout.write('{"_aws":{}}\\n')
    if (event.fail) throw Object.assign(new RangeError('too far'), { far: true })
    if (event.text) throw 'a text'
    if (event.later) setTimeout(() => { throw new RangeError('later') }, 5)
    if (event.exit) process.exit(1)
    if (event.hang) while (true);
    return process.env.AWS_LAMBDA_LOG_FORMAT + ' ' + process.env.AWS_LAMBDA_LOG_LEVEL
  }`

describe('a function whose log is JSON', () => {
  it('writes an object for each line, and raw lines as they are', async () => {
    const fn = withLogs({})
    expect(await fn.answer()).toBe('JSON INFO')
    const [loading, start, ...others] = parsed(fn)
    expect(loading).toEqual({ timestamp: ISO_TIME, level: 'INFO', message: 'loading' })
    const { requestId } = record(record(start)['record'])
    expect(start).toEqual({
      time: ISO_TIME,
      type: 'platform.start',
      record: { requestId, version: '$LATEST' },
    })
    const line = (level: string, event: string) => {
      return { timestamp: ISO_TIME, level, requestId, message: { event } }
    }
    expect(others).toEqual([
      line('INFO', 'log'),
      line('INFO', 'info'),
      line('WARN', 'warn'),
      line('ERROR', 'error'),
      line('FATAL', 'fatal'),
      { _aws: {} },
      {
        time: ISO_TIME,
        type: 'platform.report',
        record: {
          requestId,
          metrics: {
            durationMs: expect.any(Number),
            billedDurationMs: expect.any(Number),
            memorySizeMB: 128,
            initDurationMs: expect.any(Number),
          },
          status: 'success',
        },
      },
    ])
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('writes all of it at the lowest levels, and only the worst at the highest', async () => {
    const all = withLogs({ applicationLogLevel: 'TRACE', systemLogLevel: 'DEBUG' })
    await all.answer()
    expect(parsed(all).map(({ level, type }) => level ?? type ?? 'raw')).toEqual(
      'INFO platform.start TRACE DEBUG INFO INFO WARN ERROR FATAL raw platform.runtimeDone platform.report'.split(
        ' ',
      ),
    )
    const worst = withLogs({ applicationLogLevel: 'FATAL', systemLogLevel: 'WARN' })
    await worst.answer()
    expect(parsed(worst).map(({ level }) => level)).toEqual(['FATAL', undefined])
  })

  it.each([
    [{ fail: true }, 'RangeError', 'too far', { far: true }],
    [{ text: true }, 'Error', 'a text', {}],
  ])('writes what a handler throws, for %j', async (event, errorType, errorMessage, more) => {
    const fn = withLogs({ applicationLogLevel: 'ERROR', systemLogLevel: 'WARN' })
    expect(await fn.invoke(event)).toMatchObject({ ok: false })
    const [failure, done, report] = parsed(fn).slice(-3)
    expect(failure).toEqual({
      timestamp: ISO_TIME,
      level: 'ERROR',
      requestId: expect.any(String),
      message: { errorType, errorMessage, stackTrace: expect.any(Array), ...more },
    })
    expect(done).toMatchObject({ type: 'platform.runtimeDone', record: { status: 'error' } })
    expect(report).toMatchObject({ type: 'platform.report', record: { status: 'error' } })
  })

  it('writes what ends its environment', async () => {
    const exits = withLogs({ systemLogLevel: 'WARN' })
    await exits.invoke({ exit: true })
    const failure = { status: 'failure', errorType: 'Runtime.ExitError' }
    expect(parsed(exits).slice(-2)).toMatchObject([{ record: failure }, { record: failure }])
    const hangs = withLogs({ systemLogLevel: 'WARN' }, 1)
    await hangs.invoke({ hang: true })
    expect(record(parsed(hangs).at(-1)?.['record'])).toMatchObject({ status: 'timeout' })
  })

  it('writes what it throws outside of an invocation', async () => {
    const fn = withLogs({})
    await fn.answer({ later: true })
    const line = record(JSON.parse(await fn.logged('"errorMessage":"later"')))
    expect(line).toMatchObject({
      level: 'ERROR',
      requestId: record(parsed(fn)[1]?.['record'])['requestId'],
      message: { errorType: 'RangeError', errorMessage: 'later' },
    })
  })
})

function withLogs(levels: Partial<JsonLogs>, timeoutSeconds = 20): TestFunction {
  const jsonLogs = { applicationLogLevel: 'INFO', systemLogLevel: 'INFO', ...levels } as const
  return new TestFunction(CODE, { definition: { jsonLogs, timeoutSeconds } })
}

/** The lines of the log, each of them JSON. */
function parsed(fn: TestFunction): Record<string, unknown>[] {
  return fn.lines('platform', 'function').map((line) => record(JSON.parse(line)))
}
