import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Pace } from '../../../lambdas/core/pace.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const NEVER_MS = Infinity

/** Takes turns at the same time, and says how long each waits. */
function waits(pace: Pace, turns: number, nowMs = NOW_MS): (number | undefined)[] {
  return Array.from({ length: turns }, () => pace.take(nowMs, NEVER_MS))
}

/** Notes posts of one window, which ends at this time. */
function note(pace: Pace, accepted: number, refused: number, nowMs: number): void {
  for (let post = 0; post < accepted; post += 1) pace.accepted(nowMs)
  for (let post = 0; post < refused; post += 1) pace.refused(nowMs)
}

describe('a pace', () => {
  it('lets half a second of posts go at once, and then one after the other', () => {
    expect(waits(new Pace(10), 8)).toEqual([0, 0, 0, 0, 0, 0, 100, 200])
  })

  it('saves up no more than that, however long nobody posts', () => {
    const pace = new Pace(10)
    waits(pace, 6)
    expect(waits(pace, 8, NOW_MS + 3_600_000)).toEqual([0, 0, 0, 0, 0, 0, 100, 200])
  })

  it('catches up what it is behind', () => {
    const pace = new Pace(10)
    waits(pace, 6)
    expect(waits(pace, 4, NOW_MS + 250)).toEqual([0, 0, 50, 150])
  })

  it('gives no turn at the deadline, and takes none away by that', () => {
    const pace = new Pace(10)
    waits(pace, 6)
    expect(pace.take(NOW_MS, NOW_MS + 100)).toBeUndefined()
    expect(pace.take(NOW_MS, NOW_MS + 101)).toBe(100)
    expect(pace.take(NOW_MS + 200, NOW_MS + 200)).toBeUndefined()
    expect(pace.take(NOW_MS + 200, NOW_MS + 201)).toBe(0)
  })

  it('never lets more go than its burst and its rate', () => {
    const steps = fc.array(fc.nat(300), { minLength: 1, maxLength: 200 })
    const property = fc.property(fc.integer({ min: 1, max: 1_000 }), steps, (rate, pauses) => {
      const pace = new Pace(rate)
      let nowMs = NOW_MS
      const turns = pauses.map((pauseMs) => {
        nowMs += pauseMs
        return nowMs + (pace.take(nowMs, NEVER_MS) ?? 0)
      })
      for (const [first, startMs] of turns.entries()) {
        const last = turns.length - 1
        const seconds = ((turns[last] ?? 0) - startMs) / 1_000
        expect(last - first + 1).toBeLessThanOrEqual(rate * (0.5 + seconds) + 1.01)
      }
      expect(turns).toEqual(turns.toSorted((one, other) => one - other))
    })
    fc.assert(property)
  })
})

describe('the rate of a pace', () => {
  it('is the maximum at first', () => {
    expect(new Pace(800).perSecond).toBe(800)
  })

  it('becomes what was accepted and 5 % of the maximum', () => {
    const pace = new Pace(800)
    note(pace, 50, 50, NOW_MS)
    // The first window ends with its 20th post, all accepted; the second with the 100 ms.
    expect(pace.perSecond).toBe(800)
    note(pace, 0, 1, NOW_MS + 100)
    expect(pace.perSecond).toBeCloseTo((800 * 30) / 81 + 40)
  })

  it('is what the turns follow', () => {
    const pace = new Pace(100)
    note(pace, 10, 10, NOW_MS)
    expect(pace.perSecond).toBe(55)
    const [one = 0, other = 0] = waits(pace, 60).slice(-2)
    expect(other - one).toBeCloseTo(1_000 / 55)
  })

  it('rises by 5 % of the maximum a window, up to the maximum', () => {
    const pace = new Pace(1_000)
    note(pace, 0, 20, NOW_MS)
    const rates = Array.from({ length: 21 }, (_, window) => {
      const before = pace.perSecond
      note(pace, 20, 0, NOW_MS + (window + 1) * 100)
      return [before, pace.perSecond]
    })
    expect(rates[0]).toEqual([50, 100])
    expect(rates[9]).toEqual([500, 550])
    expect(rates[18]).toEqual([950, 1_000])
    expect(rates[20]).toEqual([1_000, 1_000])
  })

  it.each([
    { posts: 19, milliseconds: 100, changed: false },
    { posts: 20, milliseconds: 100, changed: true },
    { posts: 20, milliseconds: 99, changed: false },
  ])(
    'has changed after $posts posts and $milliseconds ms: $changed',
    ({ posts, milliseconds, changed }) => {
      const pace = new Pace(1_000)
      note(pace, 20, 0, NOW_MS)
      note(pace, 0, posts, NOW_MS + milliseconds)
      expect(pace.perSecond !== 1_000).toBe(changed)
    },
  )

  it('forgets a window when it has ended', () => {
    const pace = new Pace(1_000)
    note(pace, 0, 20, NOW_MS)
    note(pace, 20, 0, NOW_MS + 100)
    note(pace, 10, 10, NOW_MS + 200)
    expect(pace.perSecond).toBe(100)
  })

  it('is above nothing and never above the maximum', () => {
    const windows = fc.array(fc.tuple(fc.nat(40), fc.nat(40), fc.nat(500)), { maxLength: 60 })
    const property = fc.property(fc.integer({ min: 1, max: 10_000 }), windows, (maximum, list) => {
      const pace = new Pace(maximum)
      let nowMs = NOW_MS
      for (const [accepted, refused, pauseMs] of list) {
        nowMs += pauseMs
        note(pace, accepted, refused, nowMs)
        expect(pace.perSecond).toBeGreaterThanOrEqual(maximum * 0.05)
        expect(pace.perSecond).toBeLessThanOrEqual(maximum)
      }
    })
    fc.assert(property)
  })

  it('rises while nothing is noted, as in retries, and not beside a window that is open', () => {
    const pace = new Pace(1_000)
    note(pace, 0, 20, NOW_MS)
    expect(pace.perSecond).toBe(50)
    pace.take(NOW_MS + 99, NEVER_MS)
    expect(pace.perSecond).toBe(50)
    pace.take(NOW_MS + 100, NEVER_MS)
    expect(pace.perSecond).toBe(100)
    note(pace, 0, 1, NOW_MS + 150)
    pace.take(NOW_MS + 1_000, NEVER_MS)
    expect(pace.perSecond).toBe(100)
    note(pace, 19, 0, NOW_MS + 1_000)
    pace.take(NOW_MS + 60_000, NEVER_MS)
    expect(pace.perSecond).toBe(1_000)
  })
})
