import { deliver } from '../../lambdas/core/deliver.ts'
import { readJob } from '../../lambdas/core/job.ts'
import { onMessage } from '../../lambdas/core/on-message.ts'
import { Pace } from '../../lambdas/core/pace.ts'
import type { DeliveryDeps } from '../../lambdas/core/push-and-prune.ts'
import { randomNumbers } from '../../local/faults/random.ts'
import { Account } from './account.ts'
import { Audience } from './audience.ts'
import { SimulatedClock } from './clock.ts'
import type { Conditions } from './conditions.ts'
import { SimulatedQueue } from './queue.ts'
import { Workers, type Invocation } from './workers.ts'

/** As the stack has them: see lib/delivery.ts. */
export interface Settings {
  readonly inlineLimit: number
  readonly chunkSize: number
  readonly maxConcurrency: number
  readonly postsPerSecond: number
  readonly timeoutSeconds: number
  readonly reserveMs: number
  readonly visibilityTimeoutSeconds: number
  readonly maxReceiveCount: number
}

export interface Scenario {
  readonly recipients: number
  readonly settings: Settings
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
  readonly #random: () => number
  readonly #sender: Environment
  /** When the last recipient that had not got it got it. */
  lastMs = 0
  pages = 0

  constructor(scenario: Scenario) {
    const { recipients, conditions, settings, seed } = scenario
    this.#scenario = scenario
    this.#random = randomNumbers(seed)
    this.audience = new Audience(recipients, conditions.gone, this.#random)
    this.account = new Account(this.clock, conditions, this.#random)
    const queueProps = {
      clock: this.clock,
      answerMs: conditions.queueMs,
      visibilityTimeoutSeconds: settings.visibilityTimeoutSeconds,
      maxReceiveCount: settings.maxReceiveCount,
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
    this.#sender = { pace: new Pace(settings.postsPerSecond), cpuFreeMs: 0 }
    this.workers = this.#newWorkers()
  }

  /** Sends a message to everyone, and lets time pass until all of it has been dealt with. */
  async broadcast(): Promise<void> {
    let answered = false
    void this.send('{"action":"sendmessage","data":"a message to everyone"}').then(() => {
      answered = true
    })
    await this.clock.runUntil(() => answered && this.queue.size === 0)
  }

  /** What `sendmessage` answers to a frame. */
  send(frame: string): Promise<unknown> {
    const { inlineLimit, reserveMs } = this.#scenario.settings
    const deadlineMs = this.clock.now() + 29_000 - reserveMs
    return onMessage(frame, 'sender', deadlineMs, {
      ...this.#deps(this.#sender, ALWAYS),
      queue: this.queue,
      inlineLimit,
      newMessageId: () => 'a message id',
    })
  }

  /** Puts what was given up back into the queue, and lets time pass as before. */
  async redrive(): Promise<void> {
    for (;;) {
      const received = this.deadLetterQueue.receive()
      if (!received) break
      received.done()
      void this.queue.send([received.message.body])
    }
    await this.clock.runUntil(() => this.queue.size === 0)
  }

  #newWorkers(): Workers<Environment> {
    const { settings, conditions } = this.#scenario
    const { maxConcurrency, timeoutSeconds, postsPerSecond, chunkSize, reserveMs } = settings
    return new Workers({
      clock: this.clock,
      queue: this.queue,
      maxConcurrency,
      timeoutSeconds,
      pollMs: conditions.pollMs,
      coldStartMs: conditions.coldStartMs,
      newEnvironment: () => ({ pace: new Pace(postsPerSecond / maxConcurrency), cpuFreeMs: 0 }),
      killedAfterMs: () =>
        this.#random() < conditions.killed ? this.#random() * 1_000 : undefined,
      handle: async (body, environment, invocation) => {
        const job = readJob(body)
        if (!job) throw new Error('no job')
        await deliver(job, invocation.deadlineMs - reserveMs, {
          ...this.#deps(environment, invocation),
          queue: this.#alive(this.queue, invocation),
          deadLetterQueue: this.#alive(this.deadLetterQueue, invocation),
          chunkSize,
        })
      },
    })
  }

  #alive(queue: SimulatedQueue, { alive }: Pick<Invocation, 'alive'>): Pick<SimulatedQueue, 'send'> {
    return { send: (bodies, delaySeconds) => alive(queue.send(bodies, delaySeconds)) }
  }

  #deps(environment: Environment, { alive }: Pick<Invocation, 'alive'>): DeliveryDeps {
    const { clock, audience } = this
    const { conditions, onProgress } = this.#scenario
    return {
      post: (connectionId) => alive(this.#post(connectionId, environment)),
      pace: environment.pace,
      now: () => clock.now(),
      sleep: (milliseconds) => alive(clock.sleep(milliseconds)),
      random: this.#random,
      report: () => {},
      measure: () => onProgress?.(audience.received / audience.size),
      connections: {
        page: async (after, limit) => {
          this.pages += 1
          await alive(clock.sleep(limit === undefined ? conditions.pageMs : conditions.queueMs))
          return audience.page(after, limit)
        },
        prune: async (connectionId) => {
          await alive(clock.sleep(conditions.queueMs))
          audience.prune(connectionId)
          return true
        },
      },
    }
  }

  async #post(connectionId: string, environment: Environment) {
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
