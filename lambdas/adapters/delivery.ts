import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { ENVIRONMENT } from '../../lib/environment.ts'
import { RESERVE_MS, type Outcome } from '../core/delivery.ts'
import type { Measures } from '../core/measures.ts'
import { Pace } from '../core/pace.ts'
import type { DeliveryDeps } from '../core/push-and-prune.ts'
import {
  connectionsTable,
  deliveryQueue,
  groupKey,
  managementApi,
  membershipsTable,
} from './clients.ts'
import { numberFrom } from './environment.ts'
import { functionMetrics } from './metrics.ts'
import { report } from './report.ts'

/** What an invocation's context tells of its end. */
interface RemainingTime {
  getRemainingTimeInMillis(): number
}

/** What delivering needs, from this function's environment. */
export class Delivery implements DeliveryDeps {
  readonly connections = connectionsTable()
  readonly memberships = membershipsTable()
  readonly groups = groupKey()
  readonly queue = deliveryQueue()
  readonly pace = new Pace(numberFrom(ENVIRONMENT.postsPerSecond))
  readonly report = report
  readonly #api = managementApi()
  readonly #metrics = functionMetrics()

  measure(measures: Measures): void {
    this.#metrics.add(measures)
  }

  post(connectionId: string, frame: string): Promise<Outcome> {
    return this.#api.post(connectionId, frame)
  }

  newMessageId(): string {
    return randomUUID()
  }

  now(): number {
    return Date.now()
  }

  async sleep(milliseconds: number): Promise<void> {
    await setTimeout(milliseconds)
  }

  random(): number {
    return Math.random()
  }

  /** When an invocation has to begin its last post, in milliseconds since 1970. */
  deadlineOf(context: RemainingTime): number {
    return Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS
  }

  /** Writes to the log what an invocation has met: for each kind of failure one line, and metrics. */
  endInvocation(): void {
    this.#api.reportFailures()
    this.#metrics.flush()
  }
}
