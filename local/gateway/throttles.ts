import type { Clock } from '../clock.ts'
import type { ApiDefinition } from '../template/api-gateway.ts'
import { TokenBucket } from './token-bucket.ts'

/** What an account may do: quotas that AWS raises on request. */
export interface Quotas {
  /** Messages in, connects and calls to @connections together. @default 10,000 */
  readonly requestsPerSecond?: number
  /** How many of them may come at once. @default 5,000 */
  readonly requestBurst?: number
  /** @default 500 */
  readonly newConnectionsPerSecond?: number
}

const DEFAULT_QUOTAS: Required<Quotas> = {
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  newConnectionsPerSecond: 500,
}

/** The account's quotas, and below them the throttles of the stage and its routes. */
export class Throttles {
  readonly #requests: TokenBucket
  readonly #newConnections: TokenBucket
  /** By route key; a route without settings has none. */
  readonly #routes = new Map<string, TokenBucket>()

  constructor(api: ApiDefinition, clock: Clock, quotas: Quotas = {}) {
    const { requestsPerSecond, requestBurst, newConnectionsPerSecond } = {
      ...DEFAULT_QUOTAS,
      ...quotas,
    }
    const account = { ratePerSecond: requestsPerSecond, burst: requestBurst }
    this.#requests = new TokenBucket(clock, requestsPerSecond, requestBurst)
    // Its burst is not documented: a second's worth.
    this.#newConnections = new TokenBucket(clock, newConnectionsPerSecond, newConnectionsPerSecond)
    for (const routeKey of api.routes.keys()) {
      // One by one, a route's own settings go before the stage's.
      const settings = { ...api.defaultThrottle, ...api.routeThrottles.get(routeKey) }
      if (Object.keys(settings).length === 0) continue
      const { ratePerSecond, burst } = { ...account, ...settings }
      this.#routes.set(routeKey, new TokenBucket(clock, ratePerSecond, burst))
    }
  }

  admitsConnection(): boolean {
    return this.#newConnections.take() && this.admitsMessage('$connect')
  }

  /** @param routeKey undefined when no route takes the message */
  admitsMessage(routeKey: string | undefined): boolean {
    const route = routeKey === undefined ? undefined : this.#routes.get(routeKey)
    return (route?.take() ?? true) && this.#requests.take()
  }

  /** A call to @connections. */
  admitsRequest(): boolean {
    return this.#requests.take()
  }
}
