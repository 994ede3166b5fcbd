import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Clock, toMilliseconds, type Duration } from '../../local/clock.ts'

describe('a duration', () => {
  it.each<[Duration, number]>([
    [0, 0],
    [1.5, 1.5],
    ['1 millisecond', 1],
    ['250 milliseconds', 250],
    ['1 second', 1_000],
    ['90 seconds', 90_000],
    ['1.5 minutes', 90_000],
    ['2 hours', 7_200_000],
    ['1 day', 86_400_000],
  ])('may be %j', (duration, milliseconds) => {
    expect(toMilliseconds(duration)).toBe(milliseconds)
  })

  it.each([-1, NaN, Infinity, '', '10', 'ten minutes', '-1 minutes', '10 years', '10  minutes'])(
    'may not be %j',
    (duration) => {
      // @ts-expect-error -- what is not checked by a compiler
      const wrong: Duration = duration
      expect(() => toMilliseconds(wrong)).toThrow(RangeError)
      expect(() => new Clock().advance(wrong)).toThrow(`received ${duration}`)
    },
  )
})

describe('a clock', () => {
  it('runs as the machine’s does', async () => {
    const clock = new Clock()
    const before = Date.now()
    expect(clock.now()).toBeGreaterThanOrEqual(before)
    const due = new Promise<number>((resolve) => {
      clock.after(20, () => resolve(clock.now()))
    })
    expect(await due).toBeGreaterThanOrEqual(before + 20)
  })

  it('is moved on, and never back', async () => {
    const clock = new Clock()
    const before = clock.now()
    await clock.advance('2 hours')
    expect(clock.now()).toBeGreaterThanOrEqual(before + 7_200_000)
    expect(clock.now()).toBeLessThan(before + 7_260_000)
  })

  it('runs all that becomes due, in order and each at its own time', async () => {
    const clock = new Clock()
    const started = clock.now()
    const seen: [string, number][] = []
    const note = (name: string) => (): void => {
      // What has been moved on runs on meanwhile, by a little.
      seen.push([name, Math.round((clock.now() - started) / 1_000)])
    }
    clock.after(20_000, note('later'))
    clock.after(10_000, note('first of two'))
    clock.after(10_000, note('second of two'))
    clock.after(5_000, () => clock.after(1_000, note('set on the way')))
    clock.after(31_000, note('not yet'))
    await clock.advance('30 seconds')
    expect(seen).toEqual([
      ['set on the way', 6],
      ['first of two', 10],
      ['second of two', 10],
      ['later', 20],
    ])
    await clock.advance('2 seconds')
    expect(seen.at(-1)).toEqual(['not yet', 31])
  })

  it.each([[0], [1], [2], [3]])(
    'does not run what is undone: of four, number %i',
    async (undone) => {
      const clock = new Clock()
      const seen: number[] = []
      const undo = [0, 1, 2, 3].map((index) => {
        // Two of them are due at the same time.
        return clock.after(1_000 * Math.ceil(index / 2), () => seen.push(index))
      })
      undo[undone]?.()
      undo[undone]?.()
      await clock.advance('1 minute')
      expect(seen).toEqual([0, 1, 2, 3].filter((index) => index !== undone))
    },
  )

  it('still runs what is set for soon, when it has been moved on past what was set before', async () => {
    const clock = new Clock()
    clock.after(60_000, () => {})
    clock.after(120_000, () => {})
    await clock.advance('90 seconds')
    // The first one's timer is the machine's, and would ring only in a minute.
    await expect(clock.sleep(5)).resolves.toBeUndefined()
  })

  it('lets work end before it moves on', async () => {
    const clock = new Clock()
    const seen: string[] = []
    clock.after(1_000, () => {
      void clock.hold(sleep(50).then(() => seen.push('work')))
    })
    clock.after(2_000, () => seen.push('timeout'))
    await clock.advance('3 seconds')
    expect(seen).toEqual(['work', 'timeout'])
  })

  it('waits for work that is under way already, and for what the last task sets off', async () => {
    const clock = new Clock()
    const seen: string[] = []
    void clock.hold(sleep(50).then(() => seen.push('before')))
    clock.after(1_000, () => {
      void clock.hold(sleep(50).then(() => seen.push('after')))
    })
    await clock.advance('1 second')
    expect(seen).toEqual(['before', 'after'])
  })

  it('does not wait for ever for work that hangs: that is to meet its timeout', async () => {
    const clock = new Clock()
    let end = (): void => {}
    const hanging = clock.hold(new Promise<void>((resolve) => (end = resolve)))
    clock.after(1_000, () => end())
    await clock.advance('10 seconds')
    await hanging
  })

  it('goes on although work has failed', async () => {
    const clock = new Clock()
    const failing = clock.hold(Promise.reject(new Error('failed')))
    await expect(failing).rejects.toThrow('failed')
    await clock.advance('1 second')
  })

  it('takes one advance after the other', async () => {
    const clock = new Clock()
    const before = clock.now()
    await Promise.all([clock.advance('1 hour'), clock.advance('1 hour')])
    expect(clock.now() - before).toBeGreaterThanOrEqual(7_200_000)
  })

  it('tells of a task that throws, and goes on afterwards', async () => {
    const clock = new Clock()
    const seen: string[] = []
    clock.after(1_000, () => {
      throw new Error('failed')
    })
    clock.after(2_000, () => seen.push('next'))
    await expect(clock.advance('1 second')).rejects.toThrow('failed')
    await clock.advance('1 second')
    expect(seen).toEqual(['next'])
  })
})
