import * as fc from 'fast-check'
import { ROOMS, type RoomName } from './memberships.ts'
import { MISHAPS, type Delivery, type Mishap } from './switchboard.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** What happens to a client, by its app, its machine, its network or the server. */
export type Act =
  | { readonly do: 'connect' | 'close' | 'nudge' | 'cancel' | 'kick' }
  | {
      readonly do: 'send'
      readonly to: 'everyone' | 'others' | 'peer' | 'nobody' | RoomName
      readonly count: number
      readonly timeoutMs: number
    }
  | {
      readonly do: 'join'
      readonly room: RoomName
      readonly announce: boolean
      readonly timeoutMs: number
    }
  | { readonly do: 'leave'; readonly room: RoomName }
  | { readonly do: 'bar'; readonly room: RoomName; readonly forMs: number }
  | { readonly do: 'news'; readonly delivery: Delivery; readonly to: 'everyone' | RoomName }
  | { readonly do: 'noise'; readonly text: string }
  | { readonly do: 'cut'; readonly late: boolean }
  | { readonly do: 'halve'; readonly up: boolean; readonly down: boolean }
  | { readonly do: 'door'; readonly door: 'shut' | 'silent' | 'swings'; readonly forMs: number }
  | {
      readonly do: 'token'
      readonly token: 'late' | 'fails' | 'signed out'
      readonly forMs: number
    }
  | { readonly do: 'stall'; readonly forMs: number }
  | { readonly do: 'sleep' | 'throttle'; readonly forMs: number }
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'mishap'; readonly mishap: Mishap; readonly count: number }

export interface Step {
  /** Since the step before. */
  readonly afterMs: number
  /** Which of the clients; of fewer, the one that it comes to when counting goes on. */
  readonly client: number
  readonly act: Act
}

/** All that decides a run: the same script is the same story. */
export interface Script {
  readonly seed: number
  readonly clients: number
  readonly maxPending: number
  /** Infinity: there are no tokens. */
  readonly tokenLifetimeMs: number
  readonly delivery: Delivery
  readonly steps: readonly Step[]
  /** How long nobody says anything, at the end. */
  readonly quietMs: number
}

/** Mostly moments, sometimes hours. */
const pauseMs = fc.oneof(
  { weight: 24, arbitrary: fc.integer({ min: 0, max: 2 * SECOND }) },
  { weight: 16, arbitrary: fc.integer({ min: 0, max: 40 * SECOND }) },
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 10 * MINUTE }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2.5 * HOUR }) },
)
const delivery = fc.constantFrom<Delivery[]>('inline', 'queued', 'twice')

const timeoutMs = fc.constantFrom(2 * MINUTE, 5 * MINUTE, 10 * MINUTE)

/** What an app does is no fault. */
const APP_ACTS = new Set(['connect', 'nudge', 'cancel', 'send', 'news', 'join', 'leave'])

export function hasFaults({ steps: all }: Script): boolean {
  return all.some(({ act }) => !APP_ACTS.has(act.do))
}

const appActs: readonly [number, fc.Arbitrary<Act>][] = [
  [
    10,
    fc.record({
      do: fc.constant('send'),
      to: fc.constantFrom('everyone', 'others', 'peer', 'nobody', ...ROOMS),
      count: fc.oneof(
        { weight: 4, arbitrary: fc.constant(1) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }) },
      ),
      timeoutMs,
    }),
  ],
  [2, fc.record({ do: fc.constantFrom('connect', 'nudge', 'cancel') })],
  [
    6,
    fc.record({
      do: fc.constant('join'),
      room: fc.constantFrom(...ROOMS),
      announce: fc.boolean(),
      timeoutMs,
    }),
  ],
  [3, fc.record({ do: fc.constant('leave'), room: fc.constantFrom(...ROOMS) })],
  [4, fc.record({ do: fc.constant('news'), delivery, to: fc.constantFrom('everyone', ...ROOMS) })],
]

const faultActs: readonly [number, fc.Arbitrary<Act>][] = [
  [1, fc.record({ do: fc.constantFrom('close', 'kick') })],
  [2, fc.record({ do: fc.constant('cut'), late: fc.boolean() })],
  [2, fc.record({ do: fc.constant('halve'), up: fc.boolean(), down: fc.boolean() })],
  [
    2,
    fc.record({
      do: fc.constant('door'),
      door: fc.constantFrom('shut', 'silent', 'swings'),
      forMs: pauseMs,
    }),
  ],
  [
    1,
    fc.record({
      do: fc.constant('token'),
      token: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('late', 'fails') },
        { weight: 1, arbitrary: fc.constant('signed out') },
      ),
      forMs: pauseMs,
    }),
  ],
  [3, fc.record({ do: fc.constantFrom('stall', 'sleep', 'throttle'), forMs: pauseMs })],
  [1, fc.record({ do: fc.constant('jump'), byMs: pauseMs })],
  [1, fc.record({ do: fc.constant('bar'), room: fc.constantFrom(...ROOMS), forMs: pauseMs })],
  [
    4,
    fc.record({
      do: fc.constant('mishap'),
      mishap: fc.constantFrom(...MISHAPS),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  ],
  [
    1,
    fc.record({
      do: fc.constant('noise'),
      text: fc.oneof(
        fc.constantFrom(
          '',
          'null',
          '[]',
          '7',
          '{',
          '{}',
          '{"type":"pong"}',
          '{"type":"ack","id":"x","sent":1,"gone":0,"failed":0}',
          '{"type":"ack","re":"nobody","id":"x","queued":true}',
          '{"type":"error","code":"INTERNAL","message":"?"}',
          '{"type":"__proto__"}',
          '{"type":"from a later version","re":"0"}',
          '{"message":7}',
        ),
        fc.json(),
      ),
    }),
  ],
]

function steps(acts: typeof appActs, most: number): fc.Arbitrary<readonly Step[]> {
  const act = fc.oneof(...acts.map(([weight, arbitrary]) => ({ weight, arbitrary })))
  const step = fc.record({ afterMs: pauseMs, client: fc.nat({ max: 2 }), act })
  return fc.array(step, { maxLength: most, size: 'max' })
}

const circumstances = {
  seed: fc.integer(),
  clients: fc.integer({ min: 1, max: 3 }),
  maxPending: fc.constantFrom(100, 1, 3),
  tokenLifetimeMs: fc.constantFrom(Infinity, 3 * HOUR, 20 * MINUTE, 1.5 * MINUTE),
  delivery,
  // The longest that a message may wait for its ack, or the longest that a connection lasts.
  quietMs: fc.oneof(
    { weight: 7, arbitrary: fc.constant(12 * MINUTE) },
    { weight: 1, arbitrary: fc.constant(2.1 * HOUR) },
  ),
}

/** Whatever can go wrong does. */
export const anyScript: fc.Arbitrary<Script> = fc.record({
  ...circumstances,
  steps: steps([...appActs, ...faultActs], 25),
})

/** Nothing goes wrong: only the app is busy. */
export const calmScript: fc.Arbitrary<Script> = fc.record({
  ...circumstances,
  maxPending: fc.constant(100),
  steps: steps(appActs, 15),
})
