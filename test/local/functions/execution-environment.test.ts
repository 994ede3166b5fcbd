import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { hasEnded } from '../../support/fake-delivery.ts'
import { TestFunction } from '../../support/local-function.ts'

/** Does what the event says, and else answers how often its environment was invoked. */
const behaving = (behaviour: string): string => `let count = 0
  export const handler = async (event) => {
    count += 1
    if (event.fail) return await (() => { ${behaviour} })()
    return count
  }`

describe('an error of the handler', () => {
  it.each([
    ['a thrown error', 'throw new RangeError("too far")', 'RangeError', 'too far'],
    ['a rejected promise', 'return Promise.reject(new TypeError("no"))', 'TypeError', 'no'],
    ['a thrown text', 'throw "text"', 'string', 'text'],
    ['a thrown object', 'throw { code: 1 }', 'object', '{ code: 1 }'],
    ['a thrown undefined', 'throw undefined', 'undefined', 'undefined'],
    ['a thrown null', 'throw null', 'object', 'null'],
    ['a return value without JSON', 'return 1n', 'TypeError', expect.stringContaining('BigInt')],
    [
      'a circular return value',
      'const value = {}; value.self = value; return value',
      'TypeError',
      expect.stringContaining('circular'),
    ],
  ])('fails the invocation and keeps the environment: %s', async (_, code, type, message) => {
    const fn = new TestFunction(behaving(code))
    expect(await fn.invoke({ fail: true })).toEqual({
      ok: false,
      errorType: type,
      errorMessage: message,
    })
    expect(await fn.answer()).toBe(2)
    expect(fn.coldStarts).toEqual([true, false])
    expect(fn.trace.ofKind('invocation')[0]).toMatchObject({ error: type })
    expect(fn.lines('function')).toEqual([
      expect.stringMatching(new RegExp(`\tERROR\tInvoke Error \\{"errorType":"${type}"`)),
    ])
  })
})

describe('the end of an environment', () => {
  it.each([
    ['waits', 'return new Promise((resolve) => setInterval(resolve, 60_000))'],
    ['is busy', 'for (;;);'],
  ])('comes with the timeout of a handler that %s', async (_, code) => {
    const fn = new TestFunction(behaving(code), { definition: { timeoutSeconds: 1 } })
    expect(await fn.answer()).toBe(1)
    const errorMessage = 'Task timed out after 1.00 seconds'
    expect(await fn.invoke({ fail: true })).toEqual({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage,
    })
    expect(fn.lines('platform').slice(-3)).toEqual([
      expect.stringMatching(new RegExp(`^\\S+Z \\S+ ${errorMessage}$`)),
      expect.stringMatching(/^END /),
      expect.stringMatching(/^REPORT /),
    ])
    expect(await fn.answer()).toBe(1)
    expect(fn.coldStarts).toEqual([true, false, true])
    await fn.threadsLeft(1)
  })

  const crashes: [name: string, code: string, failure: { errorType: string }][] = [
    ['process.exit', 'process.exit(1)', { errorType: 'Runtime.ExitError' }],
    ['an uncaught exception', 'setTimeout(() => { throw new RangeError("late") })', uncaught()],
    ['an uncaught text', 'setTimeout(() => { throw "late" })', uncaught('string')],
    ['an uncaught null', 'setTimeout(() => { throw null })', uncaught('object', 'null')],
    ['an unhandled rejection', 'void Promise.reject(new RangeError("late"))', uncaught()],
  ]

  it.each(crashes)('comes with %s while the handler runs', async (_, code, failure) => {
    const fn = new TestFunction(behaving(`${code}\nreturn new Promise(() => {})`))
    expect(await fn.answer()).toBe(1)
    expect(await fn.invoke({ fail: true })).toMatchObject({ ok: false, ...failure })
    expect(await fn.answer()).toBe(1)
    expect(fn.coldStarts).toEqual([true, false, true])
    expect(fn.trace.ofKind('invocation')[1]).toMatchObject({ error: failure.errorType })
    await fn.threadsLeft(1)
  })

  it.each(crashes)('comes with %s while nothing runs', async (_, code, failure) => {
    const fn = new TestFunction(behaving(`setTimeout(() => { ${code} }, 50)`))
    expect(await fn.invoke({ fail: true })).toEqual({ ok: true, payload: 'null' })
    await fn.threadsLeft(0)
    const line = `Uncaught Exception ${JSON.stringify(failure)}`
    expect(fn.lines('function').includes(line)).toBe('errorMessage' in failure)
    expect(await fn.answer()).toBe(1)
    expect(fn.coldStarts).toEqual([true, true])
  })

  it('comes when the memory is used up', async () => {
    const code = 'const full = []; for (;;) full.push({ number: Math.random() })'
    const fn = new TestFunction(behaving(code), { definition: { memoryMegabytes: 16 } })
    expect(await fn.invoke({ fail: true })).toMatchObject({
      ok: false,
      errorMessage: expect.stringContaining('memory limit'),
    })
    expect(await fn.answer()).toBe(1)
    expect(fn.coldStarts).toEqual([true, true])
  })

  it('comes after the lines that were written before it', async () => {
    const write = `for (let line = 0; line < 3000; line += 1) console.log('line')`
    const crash = `setTimeout(() => { ${write}; throw new Error('end') })`
    const fn = new TestFunction(behaving(`${crash}; return new Promise(() => {})`))
    // A thread's error may overtake its lines, but does not always.
    for (let times = 0; times < 5; times += 1) await fn.invoke({ fail: true })
    const kinds = fn
      .lines('platform', 'function')
      .map((line) => /^START|\tline$|^Uncaught|^END/.exec(line)?.[0].trim())
      .filter((kind) => kind !== undefined)
    const changes = kinds.filter((kind, index) => kind !== kinds[index - 1])
    expect(changes).toEqual([...Array(5)].flatMap(() => ['START', 'line', 'Uncaught', 'END']))
    expect(kinds.filter((kind) => kind === 'line')).toHaveLength(5 * 3000)
  })
})

describe('a module that cannot be used', () => {
  it.each([
    ['throws', 'throw new RangeError("broken")', {}, 'RangeError', 'broken'],
    ['throws later', 'await null; throw new RangeError("broken")', {}, 'RangeError', 'broken'],
    ['throws a text', 'throw "broken"', {}, 'string', 'broken'],
    ['exits', 'process.exit(0)', {}, 'Runtime.ExitError', expect.stringContaining('exited')],
    ['is no JavaScript', 'export const', {}, 'SyntaxError', expect.any(String)],
    ['is missing', '', { handler: 'other.handler' }, 'Error', "Cannot find module 'other'"],
    [
      'exports no handler',
      'export const other = () => {}',
      {},
      'Error',
      'index.handler is undefined or not exported',
    ],
    [
      'exports a handler that is no function',
      'export const handler = {}',
      {},
      'Error',
      'index.handler is undefined or not exported',
    ],
  ])('fails every invocation: %s', async (_, code, definition, errorType, errorMessage) => {
    // A thread with an interval does not end by itself.
    const fn = new TestFunction(`setInterval(() => {}, 10)\n${code}`, { definition })
    const failure = { ok: false, errorType, errorMessage }
    expect(await fn.invoke()).toEqual(failure)
    expect(await fn.invoke()).toEqual(failure)
    expect(fn.coldStarts).toEqual([true, true])
    expect(fn.workers).toHaveLength(2)
    await fn.threadsLeft(0)
    const kinds = fn.lines('platform').map((line) => /^START|^END|^REPORT/.exec(line)?.[0])
    expect(kinds).toEqual([...Array(2)].flatMap(() => ['START', undefined, 'END', 'REPORT']))
  })

  it('is logged', async () => {
    const fn = new TestFunction('throw new RangeError("broken")')
    await fn.invoke()
    expect(await fn.logged('Init Error')).toMatch(
      /Z\tundefined\tERROR\tInit Error \{"errorType":"RangeError","errorMessage":"broken"/,
    )
  })

  it('is ended when it has not loaded after ten seconds', async () => {
    const fn = new TestFunction(`console.log('loading')
      setInterval(() => {}, 10)
      await new Promise(() => {})`)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const invocation = fn.invoke()
    await fn.logged('loading')
    await vi.advanceTimersByTimeAsync(9_999)
    expect(await hasEnded(invocation)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await invocation).toEqual({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: 'Init phase timed out after 10 seconds',
    })
    await fn.threadsLeft(0)
  })
})

function uncaught(errorType = 'RangeError', errorMessage = 'late') {
  return { errorType, errorMessage }
}
