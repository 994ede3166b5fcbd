import { describe, expect, it } from 'vitest'
import { Faults } from '../../../local/faults/faults.ts'
import { readFaults, type FaultPlan } from '../../../local/faults/rules.ts'
import { Trace } from '../../../local/trace.ts'

type Rule = FaultPlan['rules'][number]

function faultsOf(...rules: Rule[]): Faults {
  return new Faults(new Trace(), { rules })
}

/** Which of the first calls a rule strikes. */
function struck(faults: Faults, calls: number): number[] {
  return Array.from({ length: calls }, (_, index) => index + 1).filter(
    () => faults.forCall('dynamodb', 'PutItem') !== undefined,
  )
}

describe('a rule', () => {
  it('strikes the calls that it fits, and no others', () => {
    const faults = faultsOf({ on: 'dynamodb', operation: 'PutItem', status: 500 })
    expect(faults.forCall('dynamodb', 'PutItem')).toMatchObject({ status: 500, latencyMs: 0 })
    expect(faults.forCall('dynamodb', 'DeleteItem')).toBeUndefined()
    expect(faults.forCall('sqs', 'PutItem')).toBeUndefined()
    expect(faults.losesDisconnect('x')).toBe(false)
    expect(faults.forMessage('x')).toEqual({ duplicate: false, reorder: false })
    expect(faults.forInvocation('x', 'X')).toBeUndefined()
  })

  it.each<[Omit<Rule, 'on'>, number[]]>([
    [{}, [1, 2, 3, 4, 5]],
    [{ at: [2, 4] }, [2, 4]],
    [{ times: 2 }, [1, 2]],
    [{ at: [2, 3, 5], times: 2 }, [2, 3]],
    [{ probability: 0 }, []],
  ])('with %j strikes at %j of five', (occasion, expected) => {
    expect(struck(faultsOf({ on: 'dynamodb', status: 500, ...occasion }), 5)).toEqual(expected)
  })

  it('strikes about as often as it is probable', () => {
    const times = struck(faultsOf({ on: 'dynamodb', status: 500, probability: 0.2 }), 10_000).length
    expect(times).toBeGreaterThan(1_800)
    expect(times).toBeLessThan(2_200)
  })

  it('adds its latency to that of others, and the first status counts', () => {
    const faults = faultsOf(
      { on: 'connections', latencyMs: 100 },
      { on: 'connections', latencyMs: [10, 20], status: 429, error: 'TooMany' },
      { on: 'connections', status: 500 },
      { on: 'connections', reset: 'after' },
    )
    const fault = faults.forCall('connections', 'POST')
    expect(fault).toMatchObject({ status: 429, error: 'TooMany', reset: 'after' })
    expect(fault?.latencyMs).toBeGreaterThanOrEqual(110)
    expect(fault?.latencyMs).toBeLessThanOrEqual(120)
  })

  it('fails about its share of a batch’s entries', () => {
    const fault = faultsOf({ on: 'sqs', partial: 0.3 }).forCall('sqs', 'SendMessageBatch')
    const failed = Array.from({ length: 10_000 }, () => fault?.failsEntry()).filter(Boolean).length
    expect(failed).toBeGreaterThan(2_700)
    expect(failed).toBeLessThan(3_300)
  })

  it('finds functions by name or logical id, and queues by name, with wildcards', () => {
    const faults = faultsOf(
      { on: 'function', function: 'Deliver*', kill: { afterCalls: 3 } },
      { on: 'queue', queue: '*-Jobs', duplicate: true },
    )
    expect(faults.forInvocation('Chat-Deliver', 'DeliverFunction')).toMatchObject({
      kill: { afterCalls: 3 },
    })
    expect(faults.forInvocation('Deliver-1', 'X')).toBeDefined()
    expect(faults.forInvocation('Chat-Deliver', 'X')).toBeUndefined()
    expect(faults.forMessage('Chat-Jobs').duplicate).toBe(true)
    expect(faults.forMessage('Chat-Other').duplicate).toBe(false)
  })

  it('is told in the trace when it strikes', () => {
    const trace = new Trace()
    const faults = new Faults(trace, {
      rules: [
        { on: 'connections', status: 429, at: [2] },
        { on: 'disconnect', lose: true },
      ],
    })
    faults.forCall('connections', 'POST')
    faults.forCall('connections', 'POST')
    faults.losesDisconnect('L0SM9cOFvHcCIhw=')
    expect(trace.entries).toEqual([
      { kind: 'fault', target: 'connections POST', effect: 'status 429' },
      { kind: 'fault', target: 'L0SM9cOFvHcCIhw=', effect: 'lose true' },
    ])
  })
})

describe('a seed', () => {
  const half: Rule = { on: 'dynamodb', status: 500, probability: 0.5 }
  const run = (seed: number, ...rules: Rule[]) =>
    struck(new Faults(new Trace(), { seed, rules }), 200)

  it('gives the same run again, and another one another', () => {
    expect(run(7, half)).toEqual(run(7, half))
    expect(run(7, half)).not.toEqual(run(8, half))
  })

  it('gives each rule a row of its own, whatever the others have to decide', () => {
    const faults = new Faults(new Trace(), { seed: 7, rules: [half, { ...half, on: 'sqs' }] })
    const mixed = Array.from({ length: 200 }, (_, index) => index + 1).filter(() => {
      faults.forCall('sqs', 'SendMessage')
      return faults.forCall('dynamodb', 'PutItem') !== undefined
    })
    expect(mixed).toEqual(run(7, half))
  })

  it('strikes the same calls, however large the batches and however long the others wait', () => {
    const rule: Rule = { on: 'sqs', partial: 0.5, latencyMs: [0, 9], probability: 0.5 }
    const strikes = (entries: number): boolean[] => {
      const faults = new Faults(new Trace(), { seed: 7, rules: [rule] })
      return Array.from({ length: 200 }, () => {
        const fault = faults.forCall('sqs', 'SendMessageBatch')
        for (let entry = 0; entry < entries; entry += 1) fault?.failsEntry()
        return fault !== undefined
      })
    }
    expect(strikes(3)).toEqual(strikes(10))
  })

  it('does not strike two rules at the same calls', () => {
    const second: Rule[] = [{ ...half, operation: 'none' }, half]
    expect(run(7, ...second)).not.toEqual(run(7, half))
  })

  it('begins anew when the plan is set, and ends when it is cleared', () => {
    const faults = new Faults(new Trace(), { seed: 7, rules: [half] })
    const first = struck(faults, 100)
    faults.set({ seed: 7, rules: [half] })
    expect(struck(faults, 100)).toEqual(first)
    faults.clear()
    expect(struck(faults, 100)).toEqual([])
  })
})

describe('a plan that is none', () => {
  it.each<[unknown, string]>([
    [null, 'Object'],
    [[], 'rules'],
    [{ rules: [{}] }, 'on'],
    [{ rules: [{ on: 'lambda' }] }, 'on'],
    [{ rules: [{ on: 'dynamodb', status: 200 }] }, 'status'],
    [{ rules: [{ on: 'dynamodb', probability: 2 }] }, 'probability'],
    [{ rules: [{ on: 'dynamodb', kill: { afterMs: 1 } }] }, 'kill'],
    [{ rules: [{ on: 'disconnect' }] }, 'lose'],
    [{ rules: [{ on: 'queue', duplicate: 'yes' }] }, 'duplicate'],
    [{ rules: [{ on: 'function', at: [0] }] }, 'at'],
    [{ seed: 'x', rules: [] }, 'seed'],
    [{ rules: [{ on: 'dynamodb', error: 'ThrottlingException' }] }, 'nothing.*status'],
    [{ rules: [{ on: 'sqs', latencyMs: 1, error: 'Throttled' }] }, 'error'],
    [{ rules: [{ on: 'connections', partial: 1 }] }, 'partial'],
    [{ rules: [{ on: 'connections', operation: 'PostToConnection', status: 429 }] }, 'POST'],
    [{ rules: [{ on: 'dynamodb', latencyMs: [2, 1] }] }, 'shorter'],
    [{ rules: [{ on: 'queue' }] }, 'nothing.*duplicate'],
    [{ rules: [{ on: 'function', probability: 0.5 }] }, 'nothing.*kill'],
  ])('%j is refused, and told where', (plan, where) => {
    expect(() => readFaults(plan, 'my-faults.json')).toThrow(
      expect.objectContaining({
        name: 'AssemblyError',
        message: expect.stringMatching(new RegExp(`my-faults\\.json[^]*${where}`)),
      }),
    )
  })
})
