import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Deadlines } from '../../../lambdas/adapters/deadlines.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('deadlines', () => {
  it('tell of each that is late at its time, and not before', () => {
    const late: string[] = []
    const deadlines = new Deadlines<string>(100, (item) => late.push(item))
    deadlines.begin('a')
    vi.advanceTimersByTime(40)
    deadlines.begin('b')
    vi.advanceTimersByTime(59)
    expect(late).toEqual([])
    vi.advanceTimersByTime(1)
    expect(late).toEqual(['a'])
    vi.advanceTimersByTime(39)
    expect(late).toEqual(['a'])
    vi.advanceTimersByTime(1)
    expect(late).toEqual(['a', 'b'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('say nothing of what has ended', () => {
    const late: string[] = []
    const deadlines = new Deadlines<string>(100, (item) => late.push(item))
    deadlines.begin('a')
    deadlines.begin('b')
    deadlines.end('a')
    vi.advanceTimersByTime(100)
    expect(late).toEqual(['b'])
  })

  it('have one timer for all, and none when nothing is under way', () => {
    const deadlines = new Deadlines<string>(100, () => {})
    for (const item of ['a', 'b', 'c']) deadlines.begin(item)
    expect(vi.getTimerCount()).toBe(1)
    for (const item of ['b', 'a']) deadlines.end(item)
    expect(vi.getTimerCount()).toBe(1)
    deadlines.end('c')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('have one timer also when one that is late begins another', () => {
    const late: string[] = []
    const deadlines = new Deadlines<string>(100, (item) => {
      late.push(item)
      if (item === 'a') deadlines.begin('c')
    })
    deadlines.begin('a')
    vi.advanceTimersByTime(40)
    deadlines.begin('b')
    vi.advanceTimersByTime(60)
    expect(late).toEqual(['a'])
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(40)
    expect(late).toEqual(['a', 'b'])
    vi.advanceTimersByTime(60)
    expect(late).toEqual(['a', 'b', 'c'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
