import type { ClientKind } from './client-kind.ts'

/**
 * How many milliseconds pass before a client tries again: 0 for the first time after the line was
 * lost, and one more with each try that failed. Undefined: it gives up.
 */
export type Delay = (attempt: number) => number | undefined

export interface PublishedClient extends ClientKind {
  /** A client's own: some draw once what they use from then on. */
  readonly newDelay: (random: () => number) => Delay
}

export const SOCKET_IO = published({
  name: 'socket.io-client 4.8',
  formula: 'min(5 s, 1 s · 2ⁿ ± up to 50 %)',
  source: 'socket.io-client/lib/contrib/backo2.ts, manager.ts',
  newDelay: (random) => (attempt) => {
    const middleMs = 1_000 * 2 ** attempt
    const drawn = random()
    const offMs = Math.floor(drawn * 0.5 * middleMs)
    // The same number decides how far it is off, and by its first digit on which side.
    const isLess = Math.floor(drawn * 10) % 2 === 0
    return Math.floor(Math.min(5_000, isLess ? middleMs - offMs : middleMs + offMs))
  },
})

const PARTYSOCKET = published({
  name: 'partysocket 1.3',
  formula: 'min(10 s, 3 s · 1.3ⁿ)',
  source: 'partysocket/src/ws.ts',
  newDelay: () => (attempt) => Math.min(10_000, 3_000 * 1.3 ** attempt),
})

const RECONNECTING_WEBSOCKET = published({
  name: 'reconnecting-websocket 4.4',
  formula: 'min(10 s, m · 1.3ⁿ), m drawn once, 1 to 5 s',
  source: 'reconnecting-websocket/reconnecting-websocket.ts',
  newDelay: (random) => {
    const firstMs = 1_000 + random() * 4_000
    return (attempt) => Math.min(10_000, firstMs * 1.3 ** attempt)
  },
})

export const PUSHER = published({
  name: 'pusher-js 8.6',
  formula: '1 s',
  source: 'pusher-js/src/core/connection/connection_manager.ts',
  newDelay: () => () => 1_000,
})

const CENTRIFUGE = published({
  name: 'centrifuge 5.8',
  formula: 'min(20 s, 0.5 s + random · min(20 s, 0.5 s · 2ⁿ))',
  source: 'centrifuge-js/src/utils.ts, centrifuge.ts',
  newDelay: (random) => (attempt) => {
    const spreadMs = Math.min(20_000, 500 * 2 ** attempt)
    return Math.min(20_000, 500 + Math.floor(random() * (spreadMs + 1)))
  },
})

const GRAPHQL_WS_TRIES = 5

const GRAPHQL_WS = published({
  name: 'graphql-ws 6.4',
  formula: '1 s · 2ⁿ + 0.3 to 3 s, five times',
  source: 'graphql-ws/src/client.ts',
  newDelay: (random) => (attempt) =>
    attempt < GRAPHQL_WS_TRIES
      ? 1_000 * 2 ** attempt + 300 + Math.floor(random() * 2_700)
      : undefined,
})

const SIGNALR_DELAYS_MS = [0, 2_000, 10_000, 30_000]

export const SIGNALR = published({
  name: 'signalr 10.0',
  formula: '0, 2, 10 and 30 s, then no more',
  source: 'aspnetcore/src/SignalR/clients/ts/signalr/src/DefaultReconnectPolicy.ts',
  newDelay: () => (attempt) => SIGNALR_DELAYS_MS[attempt],
})

/** How others come back, as their published code says: the delay before each try. */
export const PUBLISHED_CLIENTS: readonly PublishedClient[] = [
  SOCKET_IO,
  PARTYSOCKET,
  RECONNECTING_WEBSOCKET,
  PUSHER,
  CENTRIFUGE,
  GRAPHQL_WS,
  SIGNALR,
]

function published(props: Omit<PublishedClient, 'join'>): PublishedClient {
  return {
    ...props,
    join: ({ queue, random, attempt, back, giveUp }) => {
      const delay = props.newDelay(random)
      const tryAgain = (failed: number): void => {
        const delayMs = delay(failed)
        if (delayMs === undefined) giveUp()
        else queue.after(delayMs, () => attempt((isIn) => (isIn ? back() : tryAgain(failed + 1))))
      }
      return () => tryAgain(0)
    },
  }
}
