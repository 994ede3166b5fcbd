import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { herd } from '../../bench/herd.ts'
import type { ClientKind } from '../../bench/herd/client-kind.ts'
import { measure } from '../../bench/herd/measure.ts'
import { PUBLISHED_CLIENTS, PUSHER, SIGNALR, SOCKET_IO } from '../../bench/herd/published.ts'
import { simulateHerd, type Outage } from '../../bench/herd/simulate.ts'
import { SWITCHBOARD } from '../../bench/herd/switchboard.ts'

const LOWEST = 0
const HIGHEST = 1 - 2 ** -32
const NEVER_AGAIN = undefined

/** Milliseconds before the first try, the second and the sixth, for both ends of chance. */
const DELAYS: ReadonlyMap<string, { lowest: Delays; highest: Delays }> = new Map([
  ['socket.io-client 4.8', { lowest: [1_000, 2_000, 5_000], highest: [1_499, 2_999, 5_000] }],
  ['partysocket 1.3', { lowest: [3_000, 3_900, 10_000], highest: [3_000, 3_900, 10_000] }],
  [
    'reconnecting-websocket 4.4',
    { lowest: [1_000, 1_300, 3_713], highest: [5_000, 6_500, 10_000] },
  ],
  ['pusher-js 8.6', { lowest: [1_000, 1_000, 1_000], highest: [1_000, 1_000, 1_000] }],
  ['centrifuge 5.8', { lowest: [500, 500, 500], highest: [1_000, 1_500, 16_500] }],
  ['graphql-ws 6.4', { lowest: [1_300, 2_300, NEVER_AGAIN], highest: [3_999, 4_999, NEVER_AGAIN] }],
  ['signalr 10.0', { lowest: [0, 2_000, NEVER_AGAIN], highest: [0, 2_000, NEVER_AGAIN] }],
])
type Delays = readonly (number | undefined)[]

const OUTAGE: Outage = { clients: 300, outageSeconds: 30, doorPerSecond: 15, seed: 1 }

const rowSchema = v.looseObject({
  client: v.string(),
  peakPerSecond: v.number(),
  peakPerSecondOverall: v.number(),
  secondsTo99: v.nullable(v.number()),
  gaveUp: v.number(),
  definitions: v.record(v.string(), v.string()),
})

describe('the published formulas', () => {
  it.each(PUBLISHED_CLIENTS)('wait as they should at both ends of chance: $name', (client) => {
    const delays = (random: number): Delays => {
      const delay = client.newDelay(() => random)
      return [0, 1, 5].map((attempt) => toMilliseconds(delay(attempt)))
    }
    const expected = DELAYS.get(client.name)
    expect(delays(LOWEST)).toEqual(expected?.lowest)
    expect(delays(HIGHEST)).toEqual(expected?.highest)
  })

  it('spread the first tries of socket.io to both sides, and the later ones below its cap', () => {
    const delay = (random: number, attempt: number) => SOCKET_IO.newDelay(() => random)(attempt)
    // By the first digit of the same number: even is sooner, odd is later.
    expect([delay(0.8, 0), delay(0.9, 0)]).toEqual([600, 1_450])
    expect([delay(0.8, 3), delay(0.9, 3)]).toEqual([4_800, 5_000])
  })

  it('keep what reconnecting-websocket has drawn', () => {
    const client = PUBLISHED_CLIENTS.find(({ name }) => name.startsWith('reconnecting'))
    const drawn = [0.25, 0.99, 0.99]
    const delay = client?.newDelay(() => drawn.shift() ?? 0)
    expect([delay?.(0), delay?.(1)]).toEqual([2_000, 2_600])
  })
})

describe('a simulated herd', () => {
  it.each([...PUBLISHED_CLIENTS, SWITCHBOARD])(
    'is the same for the same seed, and another for another: $name',
    (kind) => {
      const once = simulateHerd(kind, OUTAGE)
      expect(simulateHerd(kind, OUTAGE)).toEqual(once)
      expect(simulateHerd(kind, { ...OUTAGE, seed: 2 })).not.toEqual(once)
    },
  )

  it('finds the door shut, and is let in no faster than the door allows', () => {
    const { backAtSeconds } = simulateHerd(PUSHER, OUTAGE)
    expect(backAtSeconds).toHaveLength(OUTAGE.clients)
    // Fifteen at once, and fifteen in each second.
    const within = (seconds: number): number =>
      backAtSeconds.filter((second) => second < 30.05 + seconds).length
    expect(within(0)).toBe(0)
    expect(within(10)).toBeLessThanOrEqual(15 + 150)
    expect(within(10)).toBeGreaterThan(130)
  })

  it('counts each try in the second in which it begins', () => {
    const once: ClientKind = {
      ...PUSHER,
      join: ({ queue, attempt, giveUp }) => {
        const tryAt = (second: number): void =>
          queue.at(second * 1000, () => attempt((isIn) => isIn && giveUp()))
        return () => [1, 2.5, 2.999, 31].forEach(tryAt)
      },
    }
    const { attemptsPerSecond, gaveUp } = simulateHerd(once, { ...OUTAGE, clients: 1 })
    expect(attemptsPerSecond.map((count, second) => (count ? [second, count] : []))).toEqual(
      Array.from({ length: 32 }, (_, second) =>
        second === 1 || second === 31 ? [second, 1] : second === 2 ? [second, 2] : [],
      ),
    )
    expect(gaveUp).toBe(1)
  })

  it('tells who gives up', () => {
    const { backAtSeconds, gaveUp } = simulateHerd(SIGNALR, OUTAGE)
    expect(gaveUp).toBeGreaterThan(OUTAGE.clients / 2)
    expect(backAtSeconds.length + gaveUp).toBe(OUTAGE.clients)
  })

  it('is measured from the opening of the door, but for what it says of the whole', () => {
    const attemptsPerSecond = [9, 1, 7, 8]
    const backAtSeconds = Array.from({ length: 99 }, (_, index) => 2 + index / 10)
    const outage = { ...OUTAGE, clients: 100, outageSeconds: 2 }
    expect(measure({ attemptsPerSecond, backAtSeconds, gaveUp: 1 }, outage)).toEqual({
      peakPerSecond: 8,
      peakPerSecondOverall: 9,
      secondsTo99: 9.8,
      attemptsPerClient: 0.3,
      gaveUp: 1,
    })
    const oneLess = backAtSeconds.slice(1)
    expect(measure({ attemptsPerSecond, backAtSeconds: oneLess, gaveUp: 2 }, outage)).toMatchObject(
      { secondsTo99: null },
    )
  })
})

describe("ten thousand of this project's clients", () => {
  const outage: Outage = { clients: 10_000, outageSeconds: 30, doorPerSecond: 500, seed: 1 }

  it('do not rush at a door that opens, and are all back soon', () => {
    const ours = measure(simulateHerd(SWITCHBOARD, outage), outage)
    expect(ours.peakPerSecond).toBeLessThanOrEqual(700)
    expect(ours.secondsTo99).toBeLessThanOrEqual(30)
    expect(ours.gaveUp).toBe(0)
  })
})

describe('npm run bench -- herd', () => {
  const { rows, text, chart = '' } = herd(['--clients', '1000', '--door', '50'])
  const measured = rows.map((row) => v.parse(rowSchema, row))

  it('has a row for each client, this project in the last one', () => {
    const clients = measured.map(({ client }) => client)
    expect(clients).toEqual([...PUBLISHED_CLIENTS.map(({ name }) => name), 'switchboard'])
    const model = { bench: 'herd', clients: 1_000, outageSeconds: 30, doorPerSecond: 50, seed: 1 }
    expect(measured.at(-1)).toMatchObject({ ...model, gaveUp: 0 })
  })

  it('tells a client that waits the same time always from one that does not', () => {
    const [pusher, ours] = [PUSHER, SWITCHBOARD].map(({ name }) =>
      measured.find(({ client }) => client === name),
    )
    expect(pusher?.peakPerSecond).toBeGreaterThan(5 * (ours?.peakPerSecond ?? Infinity))
  })

  it('says what its peaks are, also where they are worse', () => {
    for (const row of measured) {
      expect(row.definitions).toMatchObject({
        peakPerSecond: expect.stringContaining('once the door is open'),
        peakPerSecondOverall: expect.stringContaining('just after the loss'),
      })
      expect(text).toContain(row.peakPerSecond.toLocaleString('en-US'))
      expect(text).toContain(row.peakPerSecondOverall.toLocaleString('en-US'))
    }
    expect(text).toContain('just after the loss')
  })

  it('draws all of them, this project first', () => {
    const labels = [...chart.matchAll(/class="label"[^>]*>([^<]*)/g)].map(([, label]) => label)
    expect(labels).toEqual(['switchboard', ...PUBLISHED_CLIENTS.map(({ name }) => name)])
    expect(chart).toContain('50 a second')
  })

  it.each([
    [['--clients', '0'], 'expected a whole number of 1 or more'],
    [['--clients', '1000001'], 'expected 1000000 or less'],
    [['--outage', 'long'], 'expected a whole number of 1 or more'],
    [['--outage', '3601'], 'expected 3600 or less'],
    [['--door', '-1'], "Option '--door' argument is ambiguous"],
    [['--seed', '1.5'], 'expected a whole number of 1 or more'],
    [['--nonsense', '1'], "Unknown option '--nonsense'"],
  ])('refuses %j', (args, message) => {
    expect(() => herd(args)).toThrow(message)
  })
})

function toMilliseconds(delay: number | undefined): number | undefined {
  return delay === undefined ? undefined : Math.round(delay)
}
