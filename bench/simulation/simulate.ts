import { hash } from 'node:crypto'
import type { RoomTarget } from '../../protocol/messages.ts'
import { deliver } from '../../lambdas/core/deliver.ts'
import { readJob } from '../../lambdas/core/job.ts'
import { RESERVE_MS, type Outcome, type Page, type Queue } from '../../lambdas/core/delivery.ts'
import { onMessage } from '../../lambdas/core/on-message.ts'
import { Pace } from '../../lambdas/core/pace.ts'
import type { DeliveryDeps } from '../../lambdas/core/push-and-prune.ts'
import { carryOutSend, type SendMessageDeps } from '../../lambdas/core/send-message.ts'
import {
  MAX_RECEIVE_COUNT,
  resolveSettings,
  VISIBILITY_TIMEOUT_SECONDS,
  WORKER_TIMEOUT_SECONDS,
  type DeliverySettings,
} from '../../lib/delivery-settings.ts'
import { randomNumbers } from '../../local/faults/random.ts'
import { Account } from './account.ts'
import { Audience } from './audience.ts'
import { SimulatedClock } from './clock.ts'
import type { Conditions } from './conditions.ts'
import { SimulatedQueue } from './queue.ts'
import { Workers, type Invocation } from './workers.ts'

export interface Scenario {
  readonly recipients: number
  readonly settings: DeliverySettings
  readonly conditions: Conditions
  readonly seed: number
  /** Called now and then with the share of the recipients that have the message. */
  readonly onProgress?: (share: number) => void
}

/** An execution environment of a function. */
interface Environment {
  readonly pace: Pace
  /** When its CPU is free for the next post. */
  cpuFreeMs: number
}

/** The longest that API Gateway waits for an integration: the timeout of `sendmessage`. */
const MESSAGE_TIMEOUT_MS = 29_000

/** The sender's function is not killed. */
const ALWAYS: Pick<Invocation, 'alive'> = { alive: (result) => result }

/**
 * A message to many on a simulated account: the code that plans and pushes is the functions' own;
 * time, @connections, the table, the queue and Lambda are simulated.
 */
export class Simulation {
  readonly clock = new SimulatedClock()
  readonly audience: Audience
  readonly account: Account
  readonly queue: SimulatedQueue
  readonly deadLetterQueue: SimulatedQueue
  readonly workers: Workers<Environment>
  readonly #scenario: Scenario
  readonly #settings: Required<DeliverySettings>
  readonly #random: () => number
  readonly #sender: Environment
  /** When the last recipient that had not got it got it. */
  lastMs = 0
  /** Pages of each table that were read. */
  readonly pages = { connections: 0, memberships: 0 }

  constructor(scenario: Scenario) {
    const { recipients, conditions, seed } = scenario
    this.#scenario = scenario
    this.#settings = resolveSettings(scenario.settings)
    this.#random = randomNumbers(seed)
    this.audience = new Audience(recipients, conditions, this.#random)
    this.account = new Account(this.clock, conditions, this.#random)
    const queueProps = {
      clock: this.clock,
      answerMs: conditions.queueMs,
      visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
      maxReceiveCount: MAX_RECEIVE_COUNT,
    }
    this.deadLetterQueue = new SimulatedQueue({
      ...queueProps,
      deadLetterQueue: undefined,
      duplicates: () => false,
    })
    this.queue = new SimulatedQueue({
      ...queueProps,
      deadLetterQueue: this.deadLetterQueue,
      duplicates: () => this.#random() < conditions.duplicated,
    })
    this.#sender = { pace: new Pace(this.#settings.postsPerSecond), cpuFreeMs: 0 }
    this.workers = this.#newWorkers()
  }

  /**
   * Sends a message to everyone, or to a room that all are in, and lets time pass until all of it has
   * been dealt with.
   */
  async broadcast(to?: RoomTarget): Promise<void> {
    const message = { action: 'sendmessage', to, data: 'a message to everyone' }
    await this.#run(this.send(JSON.stringify(message)))
  }

  /** Puts what was given up back into the queue, and lets time pass as before. */
  async redrive(): Promise<void> {
    const bodies: string[] = []
    for (;;) {
      const received = this.deadLetterQueue.receive()
      if (!received) break
      bodies.push(received.message.body)
      received.done()
    }
    await this.#run(this.queue.send(bodies))
  }

  /** Whom the dead-letter queue holds the message for. */
  givenUp(): ReadonlySet<string> {
    const jobs = this.deadLetterQueue.bodies().map((body) => readJob(body))
    return new Set(jobs.flatMap((job) => (job && 'connectionIds' in job ? job.connectionIds : [])))
  }

  /** Lets so much time pass. */
  async pass(seconds: number): Promise<void> {
    await this.#run(this.clock.sleep(seconds * 1000))
  }

  /** What `sendmessage` answers to a frame; time has to pass meanwhile. */
  send(frame: string): Promise<unknown> {
    const deps: SendMessageDeps = {
      ...this.#deps(this.#sender, ALWAYS),
      inlineLimit: this.#settings.inlineLimit,
      newMessageId: () => 'a message id',
      sha256: (text) => hash('sha256', text),
      groups: { of: () => 'a group' },
      roomsAreListed: false,
      hasUsers: false,
    }
    const deadlineMs = this.clock.now() + MESSAGE_TIMEOUT_MS - RESERVE_MS
    return onMessage(frame, { connectionId: 'sender' }, deadlineMs, {
      ...deps,
      carryOut: (command, sender, endMs) => carryOutSend(command, sender, endMs, deps),
      rateLimit: undefined,
      turns: { take: () => Promise.resolve(undefined) },
      disconnect: () => Promise.resolve(),
    })
  }

  async #run(begun: Promise<unknown>): Promise<void> {
    let hasBegun = false
    const watched = begun.finally(() => {
      hasBegun = true
    })
    await this.clock.runUntil(() => hasBegun && this.queue.size === 0)
    await watched
  }

  #newWorkers(): Workers<Environment> {
    const { conditions } = this.#scenario
    const { maxConcurrency, postsPerSecond, chunkSize } = this.#settings
    return new Workers({
      clock: this.clock,
      queue: this.queue,
      maxConcurrency,
      timeoutSeconds: WORKER_TIMEOUT_SECONDS,
      pollMs: conditions.pollMs,
      coldStartMs: conditions.coldStartMs,
      newEnvironment: () => ({ pace: new Pace(postsPerSecond / maxConcurrency), cpuFreeMs: 0 }),
      killedAfterMs: () =>
        this.#random() < conditions.killed ? this.#random() * 1_000 : undefined,
      handle: async (body, environment, invocation) => {
        const job = readJob(body)
        if (!job) throw new Error('no job')
        await deliver(job, invocation.deadlineMs - RESERVE_MS, {
          ...this.#deps(environment, invocation),
          deadLetterQueue: this.#alive(this.deadLetterQueue, invocation),
          chunkSize,
        })
      },
    })
  }

  #alive(queue: Queue, { alive }: Pick<Invocation, 'alive'>): Queue {
    return { send: (bodies, delaySeconds) => alive(queue.send(bodies, delaySeconds)) }
  }

  #deps(environment: Environment, invocation: Pick<Invocation, 'alive'>): DeliveryDeps {
    const { clock, audience } = this
    const { alive } = invocation
    const { conditions, onProgress } = this.#scenario
    type Table = keyof typeof this.pages
    const page = async (table: Table, after?: string, limit?: number): Promise<Page> => {
      this.pages[table] += 1
      await alive(clock.sleep(limit === undefined ? conditions.pageMs : conditions.queueMs))
      return audience.page(after, limit)
    }
    return {
      post: (connectionId) => alive(this.#post(connectionId, environment)),
      pace: environment.pace,
      now: () => clock.now(),
      sleep: (milliseconds) => alive(clock.sleep(milliseconds)),
      random: this.#random,
      report: () => {},
      measure: () => onProgress?.(audience.received / audience.size),
      queue: this.#alive(this.queue, invocation),
      memberships: {
        page: (_group, after, limit) => page('memberships', after, limit),
        ofConnection: async () => {
          await alive(clock.sleep(conditions.queueMs))
          return []
        },
        find: () => Promise.resolve(undefined),
        add: () => Promise.resolve(undefined),
        remove: () => Promise.resolve(),
      },
      connections: {
        page: (after, limit) => page('connections', after, limit),
        prune: async (connectionId) => {
          await alive(clock.sleep(conditions.queueMs))
          audience.prune(connectionId)
          return 'taken'
        },
      },
    }
  }

  async #post(connectionId: string, environment: Environment): Promise<Outcome> {
    const { clock, audience } = this
    const nowMs = clock.now()
    environment.cpuFreeMs =
      Math.max(nowMs, environment.cpuFreeMs) + this.#scenario.conditions.postCpuMs
    const received = audience.received
    const outcome = await this.account.post(connectionId, audience, environment.cpuFreeMs - nowMs)
    if (audience.received > received) this.lastMs = clock.now()
    return outcome
  }
}
