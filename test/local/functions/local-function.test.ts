import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { AssemblyError } from '../../../local/errors.ts'
import { eventually } from '../../support/eventually.ts'
import { hasEnded } from '../../support/fake-delivery.ts'
import { Gate } from '../../support/gate.ts'
import { TestFunction } from '../../support/local-function.ts'

/** The pool's limit, for which a test needs the number itself. */
const MAX_ENVIRONMENTS = 10

/**
 * Answers which environment it is, how often that was invoked, and how many invocations it has at
 * a time. It waits for a gate and exits, if the event says so.
 */
const CODE = `
  import { randomUUID } from 'node:crypto'
  import { existsSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  const environment = randomUUID()
  let count = 0
  let running = 0
  export const handler = async ({ gate, exit }) => {
    count += 1
    running += 1
    console.log('running')
    while (gate && !existsSync(gate)) await sleep(5)
    if (exit === 'now') process.exit(1)
    if (exit === 'later') setTimeout(() => process.exit(1), 20)
    const answer = { environment, count, running }
    running -= 1
    return answer
  }`

const answerSchema = v.object({ environment: v.string(), count: v.number(), running: v.number() })
type Answer = v.InferOutput<typeof answerSchema>

describe('a function’s environments', () => {
  it('keep the state of their module while they are warm', async () => {
    const fn = new TestFunction(CODE)
    const first = await answer(fn)
    const second = await answer(fn)
    expect(second).toEqual({ ...first, count: 2 })
    expect(fn.workers).toHaveLength(1)
  })

  it('each start cold once, as the trace and the log say', async () => {
    const fn = new TestFunction(CODE)
    const gates = [new Gate(), new Gate()]
    const together = gates.map((gate) => answer(fn, gate))
    await running(fn, 2)
    for (const gate of gates) gate.open()
    await Promise.all(together)
    for (let times = 0; times < 3; times += 1) await answer(fn)
    expect(fn.coldStarts).toEqual([true, true, false, false, false])
    const reports = fn.lines('platform').filter((line) => line.startsWith('REPORT'))
    const ends = reports.map((line) => line.split('\t').at(-1))
    expect(ends.slice(2)).toEqual(Array(3).fill('Memory Size: 128 MB'))
    for (const end of ends.slice(0, 2)) expect(end).toMatch(/^Init Duration: \d+\.\d\d ms$/)
    expect(fn.trace.ofKind('invocation')[0]).toEqual({
      kind: 'invocation',
      functionName: 'Chat-Handler',
      coldStart: true,
      milliseconds: expect.any(Number),
      error: undefined,
    })
  })

  it('each run one invocation at a time', async () => {
    const fn = new TestFunction(CODE)
    const gates = [new Gate(), new Gate(), new Gate()]
    const together = gates.map((gate) => answer(fn, gate))
    await running(fn, 3)
    for (const gate of gates) gate.open()
    const answers = await Promise.all(together)
    expect(new Set(answers.map(({ environment }) => environment)).size).toBe(3)
    expect(answers).toEqual(answers.map((one) => ({ ...one, count: 1, running: 1 })))
  })

  it(`are at most ${MAX_ENVIRONMENTS}: a further invocation waits for a free one`, async () => {
    const fn = new TestFunction(CODE)
    const { gates, invocations } = await occupy(fn)
    const next = answer(fn)
    const last = answer(fn)
    expect(await hasEnded(next)).toBe(false)
    expect(fn.workers).toHaveLength(MAX_ENVIRONMENTS)
    gates[3]?.open()
    const freed = await invocations[3]
    expect(await next).toEqual({ ...freed, count: 2 })
    expect(await last).toEqual({ ...freed, count: 3 })
    for (const gate of gates) gate.open()
    await Promise.all(invocations)
    expect(fn.workers).toHaveLength(MAX_ENVIRONMENTS)
  })

  it('make room for an invocation that waits when one of them crashes', async () => {
    const fn = new TestFunction(CODE)
    const crash = new Gate()
    const crashing = fn.invoke({ gate: crash.file, exit: 'now' })
    const { gates, invocations } = await occupy(fn, MAX_ENVIRONMENTS - 1)
    const next = answer(fn)
    expect(await hasEnded(next)).toBe(false)
    crash.open()
    expect(await crashing).toMatchObject({ ok: false, errorType: 'Runtime.ExitError' })
    expect(await next).toMatchObject({ count: 1 })
    expect(fn.coldStarts).toEqual([true, true])
    expect(fn.workers).toHaveLength(MAX_ENVIRONMENTS + 1)
    for (const gate of gates) gate.open()
    await Promise.all(invocations)
  })

  it.each([
    ['while they run', 'now'],
    ['while they are idle', 'later'],
  ])('are replaced when all have crashed %s', async (_, exit) => {
    const fn = new TestFunction(CODE)
    await Promise.all(Array.from({ length: MAX_ENVIRONMENTS }, () => fn.invoke({ exit })))
    await fn.threadsLeft(0)
    expect(await answer(fn)).toMatchObject({ count: 1 })
    expect(fn.coldStarts).toEqual(Array(MAX_ENVIRONMENTS + 1).fill(true))
  })

  it('are not made for a role that Lambda may not assume', () => {
    const create = () => new TestFunction(CODE, { trustedServices: ['ec2.amazonaws.com'] })
    expect(create).toThrow(AssemblyError)
    expect(create).toThrow('Handler: the role Chat-Role cannot be assumed by Lambda')
  })
})

describe('a function with reserved concurrency', () => {
  const throttled = {
    ok: false,
    errorType: 'TooManyRequestsException',
    errorMessage: 'Rate Exceeded.',
  }

  it('runs so many invocations at a time, and throttles the next at once', async () => {
    const fn = new TestFunction(CODE, { definition: { reservedConcurrency: 2 } })
    const gates = [new Gate(), new Gate()]
    const together = gates.map((gate) => answer(fn, gate))
    await running(fn, 2)
    expect(await fn.invoke()).toEqual(throttled)
    expect(fn.trace.ofKind('invocation')).toEqual([
      {
        kind: 'invocation',
        functionName: 'Chat-Handler',
        coldStart: false,
        milliseconds: 0,
        error: 'TooManyRequestsException',
      },
    ])
    for (const gate of gates) gate.open()
    await Promise.all(together)
    expect(await answer(fn)).toMatchObject({ count: 2 })
    expect(fn.workers).toHaveLength(2)
  })

  it('has the thousand of an account when none is reserved, and throttles the next', async () => {
    const fn = new TestFunction(CODE)
    const never = new Gate()
    const invocations = Array.from({ length: 1_000 }, () => fn.invoke({ gate: never.file }))
    expect(await fn.invoke()).toEqual(throttled)
    await fn.close()
    const results = await Promise.all(invocations)
    expect(new Set(results.map((result) => !result.ok && result.errorType))).toEqual(
      new Set(['Runtime.Terminated']),
    )
  })

  it('never runs when it is 0', async () => {
    const fn = new TestFunction(CODE, { definition: { reservedConcurrency: 0 } })
    expect(await fn.invoke()).toEqual(throttled)
    expect(fn.workers).toEqual([])
  })
})

describe('a function that is closed', () => {
  const closing = {
    ok: false,
    errorType: 'Runtime.Terminated',
    errorMessage: 'the local runtime is closing',
  }

  it('fails what runs and what waits, and ends its threads', async () => {
    const fn = new TestFunction(CODE)
    await answer(fn)
    const never = new Gate()
    const begun = Array.from({ length: MAX_ENVIRONMENTS }, () => fn.invoke({ gate: never.file }))
    const waiting = [fn.invoke(), fn.invoke()]
    await running(fn, 1 + MAX_ENVIRONMENTS)
    await fn.close()
    expect(fn.workers.map(({ threadId }) => threadId)).toEqual(Array(MAX_ENVIRONMENTS).fill(-1))
    const results = await Promise.all([...begun, ...waiting])
    expect(results).toEqual(results.map(() => closing))
    expect(fn.workers).toHaveLength(MAX_ENVIRONMENTS)
  })

  it('fails an invocation whose module is still to be loaded', async () => {
    const fn = new TestFunction(CODE)
    const invocation = fn.invoke()
    await fn.close()
    expect(await invocation).toEqual(closing)
    expect(fn.workers.map(({ threadId }) => threadId)).toEqual([-1])
  })

  it('ends its idle threads', async () => {
    const fn = new TestFunction(CODE)
    await answer(fn)
    await fn.close()
    expect(fn.workers.map(({ threadId }) => threadId)).toEqual([-1])
  })

  it('refuses a further invocation at once', async () => {
    const fn = new TestFunction(CODE)
    await answer(fn)
    await fn.close()
    expect(await fn.invoke()).toEqual(closing)
    expect(fn.workers).toHaveLength(1)
    expect(fn.coldStarts).toEqual([true])
  })

  it('may be closed twice', async () => {
    const fn = new TestFunction(CODE)
    await answer(fn)
    await Promise.all([fn.close(), fn.close()])
    await expect(fn.close()).resolves.toBeUndefined()
  })
})

/** Invokes until so many environments run, and holds each up at a gate of its own. */
async function occupy(
  fn: TestFunction,
  count = MAX_ENVIRONMENTS,
): Promise<{ gates: Gate[]; invocations: Promise<Answer>[] }> {
  const gates = Array.from({ length: count }, () => new Gate())
  const invocations = gates.map((gate) => answer(fn, gate))
  await running(fn, MAX_ENVIRONMENTS)
  return { gates, invocations }
}

/** Waits until so many handlers have begun. */
async function running(fn: TestFunction, count: number): Promise<void> {
  await eventually(() => fn.lines('function').length === count)
}

async function answer(fn: TestFunction, gate?: Gate): Promise<Answer> {
  return v.parse(answerSchema, await fn.answer({ gate: gate?.file }))
}
