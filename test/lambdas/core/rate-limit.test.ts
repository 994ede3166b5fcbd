import { array, assert, infiniteStream, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  intervalMs,
  judgeTurn,
  type RateLimit,
  type Turn,
} from '../../../lambdas/core/rate-limit.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const LIMIT: RateLimit = { messagesPerSecond: 10, burst: 20 }

/** A connection that sends at these times, in milliseconds from its beginning. */
function turnsAt(timesMs: readonly number[], limit = LIMIT): Turn[] {
  let arrivalMs = NOW_MS
  return timesMs.map((timeMs) => {
    arrivalMs = Math.max(arrivalMs, NOW_MS + timeMs) + intervalMs(limit)
    return judgeTurn(arrivalMs, NOW_MS + timeMs, limit)
  })
}

function granted(turns: readonly Turn[]): number {
  return turns.filter(({ kind }) => kind === 'granted').length
}

const times = (count: number, everyMs: number) =>
  Array.from({ length: count }, (_, index) => index * everyMs)

describe('the rate limit', () => {
  it('grants a burst, and then says how long to be silent', () => {
    const turns = turnsAt(times(22, 0))
    expect(granted(turns)).toBe(20)
    expect(turns.slice(20)).toEqual([
      { kind: 'limited', retryAfterMs: 200 },
      { kind: 'limited', retryAfterMs: 300 },
    ])
  })

  it('grants everything at its rate, for ever', () => {
    expect(granted(turnsAt(times(1_000, 100)))).toBe(1_000)
  })

  it.each([
    { waitMs: 299, kind: 'limited' },
    { waitMs: 300, kind: 'granted' },
  ])('grants what comes $waitMs ms after a refusal that said 300: $kind', ({ waitMs, kind }) => {
    expect(turnsAt([...times(22, 0), waitMs]).at(-1)).toMatchObject({ kind })
  })

  it('grants a burst again after a pause that is long enough', () => {
    expect(granted(turnsAt([...times(20, 0), ...Array.from({ length: 20 }, () => 2_000)]))).toBe(40)
    expect(granted(turnsAt([...times(20, 0), ...Array.from({ length: 20 }, () => 1_900)]))).toBe(39)
  })

  it('refuses who goes on, and closes at half a minute of debt, and again at a minute', () => {
    const turns = turnsAt(times(700, 0))
    const exceeded = turns.flatMap(({ kind }, index) => (kind === 'exceeded' ? [index + 1] : []))
    expect(exceeded).toEqual([320, 321, 322, 323, 324, 620, 621, 622, 623, 624])
    expect(granted(turns)).toBe(20)
  })

  it('closes who goes on, whatever time goes by between a clock and its turn', () => {
    for (let messagesPerSecond = 1; messagesPerSecond <= 1_000; messagesPerSecond *= 10) {
      const limit = { messagesPerSecond, burst: 1 }
      const delays = infiniteStream(integer({ min: 0, max: 400 }))
      assert(
        property(delays, (delaysMs) => {
          let arrivalMs = NOW_MS
          const kinds = Array.from({ length: 40 * messagesPerSecond }, () => {
            const nowMs = NOW_MS - (delaysMs.next().value ?? 0)
            arrivalMs = Math.max(arrivalMs, nowMs) + intervalMs(limit)
            return judgeTurn(arrivalMs, nowMs, limit).kind
          })
          expect(kinds).toContain('exceeded')
        }),
        { numRuns: 20 },
      )
    }
  })

  it('closes a slow connection too, where one frame takes more than half a minute', () => {
    const slow = { messagesPerSecond: 0.01, burst: 1 }
    expect(turnsAt([0, 0, 0], slow).map(({ kind }) => kind)).toEqual([
      'granted',
      'exceeded',
      'exceeded',
    ])
  })

  it('never grants more than the burst and what has come since, whatever the times', () => {
    const limits = record({
      messagesPerSecond: integer({ min: 1, max: 1_000 }),
      burst: integer({ min: 1, max: 50 }),
    })
    const gapsMs = array(integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 })
    assert(
      property(limits, gapsMs, (limit, gaps) => {
        let timeMs = 0
        const turns = turnsAt(
          gaps.map((gap) => (timeMs += gap)),
          limit,
        )
        const most = limit.burst + timeMs / intervalMs(limit)
        expect(granted(turns)).toBeLessThanOrEqual(most + 0.001)
        // And as many as the burst, always.
        expect(granted(turns.slice(0, limit.burst))).toBe(Math.min(limit.burst, gaps.length))
      }),
    )
  })
})
