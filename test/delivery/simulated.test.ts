import { beforeAll, describe, expect, it } from 'vitest'
import { BAD_DAY, GOOD_DAY, type Conditions } from '../../bench/simulation/conditions.ts'
import { Simulation } from '../../bench/simulation/simulate.ts'
import type { DeliverySettings } from '../../lib/delivery-settings.ts'
import type { RoomTarget } from '../../protocol/messages.ts'
import { IS_LARGE } from '../support/scale.ts'

const SEEDS = [1, 2, 3, 4, 5]
const RECIPIENTS = 10_000

/** A rate shows with fewer than the million of `npm run test:large`. */
const MANY = IS_LARGE ? 1_000_000 : 250_000

/** The quota of a default account, used in full. */
const FULL_RATE = { postsPerSecond: 10_000 }

describe('a message to 10,000 on a bad day', () => {
  /** One for each seed: nothing in the tests changes them. */
  const days = new Map<number, Simulation>()
  const day = (seed: number): Simulation => {
    const simulation = days.get(seed)
    if (!simulation) throw new Error(`no day with seed ${seed}`)
    return simulation
  }
  beforeAll(async () => {
    for (const seed of SEEDS) days.set(seed, await broadcast({ conditions: BAD_DAY, seed }))
  })

  it.each(SEEDS)('reaches everyone who is there, with seed %i', (seed) => {
    const simulation = day(seed)
    const { audience, account, workers, deadLetterQueue } = simulation
    expect(audience.missing()).toEqual([])
    expect(audience.received).toBe(RECIPIENTS - audience.goneCount)
    expect(deadLetterQueue.size).toBe(0)
    expect(workers.timeouts).toBe(0)
    // The day was bad indeed.
    expect(account.throttled).toBeGreaterThan(1_000)
    expect(audience.goneCount).toBeGreaterThan(50)
  })

  it.each(SEEDS)('takes exactly those out of the table who are gone, with seed %i', (seed) => {
    const { audience } = day(seed)
    expect(audience.pruned()).toEqual(audience.gone())
  })

  it('meets workers that are killed, and jobs that are delivered twice', () => {
    expect(SEEDS.some((seed) => day(seed).workers.kills > 0)).toBe(true)
    expect(SEEDS.some((seed) => day(seed).queue.duplicated > 0)).toBe(true)
  })
})

describe('a message to a room of 5,000', () => {
  it.each([
    { day: 'good', conditions: GOOD_DAY },
    { day: 'bad', conditions: BAD_DAY },
  ])('takes the path and the numbers of one to 5,000 on a $day day', async ({ conditions }) => {
    const [toEveryone, toRoom] = await Promise.all(
      [undefined, { room: 'lobby' }].map((to) => broadcast({ recipients: 5_000, conditions, to })),
    )
    if (!toEveryone || !toRoom) throw new Error('nothing was simulated')
    const { audience, pages } = toRoom
    expect(audience.received).toBe(5_000 - audience.goneCount)
    expect(numbersOf(toRoom)).toEqual(numbersOf(toEveryone))
    // Its own table is all that is different.
    expect(pages).toEqual({ connections: 0, memberships: toEveryone.pages.connections })
    expect(toEveryone.pages.memberships).toBe(0)
  })
})

describe('what could not be delivered in time', () => {
  const conditions = { ...BAD_DAY, slow: 0.01, slowSeconds: 1_800 }

  const title =
    'is in the dead-letter queue, nothing else is, and arrives when it is put back, with seed %i'
  it.each(SEEDS)(title, async (seed) => {
    const simulation = await broadcast({ conditions, seed })
    const missing = simulation.audience.missing()
    expect(missing.length).toBeGreaterThan(50)
    expect(simulation.givenUp()).toEqual(new Set(missing))

    await simulation.pass(conditions.slowSeconds)
    await simulation.redrive()
    expect(simulation.audience.missing()).toEqual([])
    expect(simulation.deadLetterQueue.size).toBe(0)
  })
})

describe(`a message to ${MANY}`, () => {
  it('takes hardly longer than the quota makes it, and no worker too long', async () => {
    const simulation = await broadcast({ recipients: MANY, settings: FULL_RATE })
    expect(simulation.audience.missing()).toEqual([])
    // 5,000 at once and 10,000 a second: of a million, 99.5 seconds at the least.
    const leastSeconds = (MANY - 5_000) / 10_000
    expect(simulation.lastMs / 1000).toBeGreaterThanOrEqual(leastSeconds)
    expect(simulation.lastMs / 1000).toBeLessThanOrEqual(leastSeconds + 3)
    expect(simulation.workers.timeouts).toBe(0)
    expect(simulation.workers.longestMs).toBeLessThan(30_000)
    expect(simulation.deadLetterQueue.size).toBe(0)
  })
})

describe('a private message', () => {
  it('is not delayed by a message to 100,000', async () => {
    const alone = await privateMessages(0)
    const beside = await privateMessages(100_000)
    expect(beside).toEqual(alone)
  })
})

describe('a slow reader', () => {
  it('does not hold up the others', async () => {
    const settings = { postsPerSecond: 2_000, maxConcurrency: 2 }
    const withSlow = { ...GOOD_DAY, slow: 0.01, slowSeconds: 3_600 }
    const without = await broadcast({ settings })
    const beside = await broadcast({ settings, conditions: withSlow })
    expect(beside.audience.missing().length).toBeGreaterThan(50)
    expect(beside.lastMs).toBeLessThan(without.lastMs * 1.25)
  })
})

/** All that a message costs, and how long it takes. */
function numbersOf({ account, audience, queue, deadLetterQueue, workers, lastMs }: Simulation) {
  const { posts, throttled } = account
  const { received, duplicates } = audience
  const { kills, timeouts, longestMs } = workers
  const queues = { duplicated: queue.duplicated, givenUp: deadLetterQueue.size }
  const pruned = audience.pruned().length
  return {
    posts,
    throttled,
    received,
    duplicates,
    pruned,
    ...queues,
    kills,
    timeouts,
    longestMs,
    lastMs,
  }
}

async function broadcast({
  recipients = RECIPIENTS,
  settings = {},
  conditions = GOOD_DAY,
  seed = 1,
  to,
}: {
  readonly recipients?: number
  readonly settings?: DeliverySettings
  readonly conditions?: Conditions
  readonly seed?: number
  readonly to?: RoomTarget | undefined
}): Promise<Simulation> {
  const simulation = new Simulation({ recipients, settings, conditions, seed })
  await simulation.broadcast(to)
  return simulation
}

/** How long private messages take that are sent beside a message to so many, in milliseconds. */
async function privateMessages(recipients: number): Promise<number[]> {
  // Each answer of @connections takes the same time, so that what is left would be a delay.
  const conditions = { ...GOOD_DAY, postSpread: 0 }
  const simulation = new Simulation({ recipients, settings: {}, conditions, seed: 1 })
  const all = recipients > 0 ? simulation.broadcast() : simulation.pass(10)
  const times: number[] = []
  for (let atMs = 1_000; atMs < 10_000; atMs += 37) {
    simulation.clock.after(atMs, () => void time())
  }
  await all
  // The last ones may be under way still.
  expect(times.length).toBeGreaterThan(200)
  return times.slice(0, 200)

  async function time(): Promise<void> {
    // Behind all that the workers do in the same millisecond.
    for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
    const startedMs = simulation.clock.now()
    const answer = await simulation.send('PRIVATE:0000000000000000:hi')
    expect(answer).toMatchObject({ type: 'ack', sent: 1 })
    times.push(simulation.clock.now() - startedMs)
  }
}
