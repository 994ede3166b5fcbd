import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { idle, mostInAnHour } from '../../bench/idle.ts'
import { quietConnection } from '../../bench/simulation/quiet-connection.ts'
import { randomNumbers } from '../../local/faults/random.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const rowSchema = v.looseObject({
  client: v.string(),
  messagesInAnHour: v.object({ mean: v.number(), most: v.number() }),
  messagesInADay: v.object({ mean: v.number(), most: v.number() }),
  connectionsInADay: v.number(),
  dollarsInAMonth: v.object({
    messages: v.number(),
    connections: v.number(),
    minutes: v.number(),
  }),
})

describe('a quiet connection', () => {
  it('is never silent for ten minutes, and pings no more often than it has to', () => {
    const { pingsAtMs, connects } = quietConnection(24 * HOUR, randomNumbers(1))
    const pauses = pingsAtMs.slice(1).map((atMs, index) => atMs - (pingsAtMs[index] ?? 0))
    expect(Math.max(...pauses)).toBeLessThan(10 * MINUTE)
    // Only a connection that replaces another asks sooner.
    expect(pauses.filter((pause) => pause < 6.5 * MINUTE).length).toBeLessThan(connects)
    // Each is replaced between 90 and 115 minutes.
    expect(connects).toBeGreaterThanOrEqual(1 + Math.floor(1_440 / 116))
    expect(connects).toBeLessThanOrEqual(1 + Math.ceil(1_440 / 90))
  })

  it('counts its first ping', () => {
    expect(quietConnection(MINUTE, randomNumbers(1))).toMatchObject({
      pingsAtMs: [expect.any(Number)],
      connects: 1,
    })
  })
})

describe('the most in an hour', () => {
  it.each([
    [[], 0],
    [[5], 1],
    [[0, HOUR], 1],
    [[0, HOUR - 1], 2],
    [[0, 30 * MINUTE, 70 * MINUTE, 80 * MINUTE, 200 * MINUTE], 3],
  ])('of %j is %i', (timesMs, most) => {
    expect(mostInAnHour(timesMs)).toBe(most)
  })
})

describe('npm run bench -- idle', () => {
  const { rows, text, chart = '' } = idle(['--runs', '40'])
  const [usual, ours] = rows.map((row) => v.parse(rowSchema, row))

  it('has this project in its last row: no more than twenty messages in any hour', () => {
    expect(ours).toMatchObject({ bench: 'idle', client: 'switchboard', runs: 40, seed: 1 })
    expect(ours?.messagesInAnHour.most).toBeLessThanOrEqual(20)
    // Every eight minutes would be fifteen.
    expect(ours?.messagesInAnHour.mean).toBeGreaterThan(15)
  })

  it('puts a ping every 30 seconds beside it', () => {
    expect(usual?.messagesInAnHour).toEqual({ mean: 240, most: 240 })
    expect(usual?.dollarsInAMonth).toEqual({
      messages: 0.1728,
      connections: 0.00059,
      minutes: 0.0108,
    })
  })

  it('costs about as much to stay as to be there', () => {
    const { messages = 0, connections = 0, minutes = 0 } = ours?.dollarsInAMonth ?? {}
    expect(messages).toBeCloseTo(((ours?.messagesInADay.mean ?? 0) * 30) / 1e6, 5)
    expect((messages + connections) / minutes).toBeCloseTo(1.2, 0)
  })

  it('says and draws both', () => {
    for (const client of ['a ping every 30 s', 'switchboard']) {
      expect(text).toContain(client)
      expect(chart).toContain(client)
    }
  })

  it('is the same for the same seed', () => {
    const run = (seed: string): object | undefined => idle(['--runs', '2', '--seed', seed]).rows[1]
    expect(run('7')).toEqual(run('7'))
    expect({ ...run('8'), seed: '7' }).not.toEqual({ ...run('7'), seed: '7' })
  })

  it.each([
    [['--runs', '0'], 'expected a whole number of 1 or more'],
    [['--seed', 'x'], 'expected a whole number of 1 or more'],
    [['--nonsense', '1'], "Unknown option '--nonsense'"],
  ])('refuses %j', (args, message) => {
    expect(() => idle(args)).toThrow(message)
  })
})
