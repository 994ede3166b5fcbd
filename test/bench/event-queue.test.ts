import { describe, expect, it } from 'vitest'
import { EventQueue } from '../../bench/simulation/event-queue.ts'
import { randomNumbers } from '../../local/faults/random.ts'

describe('an event queue', () => {
  it('does what is due in the order of time, and of two at once the first that was put in', () => {
    const random = randomNumbers(1)
    const queue = new EventQueue()
    const done: { atMs: number; index: number }[] = []
    const times = Array.from({ length: 500 }, () => Math.floor(random() * 100))
    for (const [index, atMs] of times.entries()) queue.at(atMs, () => done.push({ atMs, index }))
    queue.run(100)
    const inOrder = times
      .map((atMs, index) => ({ atMs, index }))
      .toSorted((one, other) => one.atMs - other.atMs || one.index - other.index)
    expect(done).toEqual(inOrder)
  })

  it('shows an action the time for which it was due, and takes more from it', () => {
    const queue = new EventQueue(-5)
    const seen: number[] = []
    queue.at(-3, () => queue.after(2.5, () => seen.push(queue.now())))
    queue.at(7, () => queue.at(1, () => seen.push(queue.now())))
    queue.run(10)
    expect(seen).toEqual([-0.5, 7])
  })

  it('stops at the end that it is told, and what is due later stays', () => {
    const queue = new EventQueue()
    const seen: number[] = []
    for (const atMs of [1, 10, 11]) queue.at(atMs, () => seen.push(atMs))
    queue.run(10)
    expect({ seen, now: queue.now() }).toEqual({ seen: [1, 10], now: 10 })
    queue.run(20)
    expect({ seen, now: queue.now() }).toEqual({ seen: [1, 10, 11], now: 20 })
  })

  it('stops when it is over', () => {
    const queue = new EventQueue()
    const seen: number[] = []
    for (const atMs of [1, 2, 3]) queue.at(atMs, () => seen.push(atMs))
    queue.run(10, () => seen.length === 2)
    expect({ seen, now: queue.now() }).toEqual({ seen: [1, 2], now: 2 })
  })
})
