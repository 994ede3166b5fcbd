import type { Local } from '../../../local/index.ts'
import type { DeliveryQueues } from '../../support/delivery-queues.ts'
import type { Device } from './device.ts'

/** How far time is moved on at once: at first for delays, then for a worker that has died. */
const FIRST_STEP_SECONDS = 1
const FIRST_STEPS = 10
const LATER_STEP_SECONDS = 30

/** Far more than any job takes. */
const MAX_STEPS = 200

/** Who is silent for ten minutes is cut. */
const MAX_SILENCE_SECONDS = 240

/** Lets all jobs of the queue be done, and puts back what was given up, as an operator would. */
export async function settle(
  local: Local,
  queues: DeliveryQueues,
  online: readonly Device[],
): Promise<void> {
  let silentSeconds = 0
  for (let step = 0; step < MAX_STEPS; step += 1) {
    // What runs comes to its end before.
    await local.clock.advance(0)
    const jobs = local.queuedMessages()
    if (jobs.length === 0) return
    if (jobs.every(({ queueName }) => queueName.includes('DeadLetter'))) await queues.redrive()
    const seconds = step < FIRST_STEPS ? FIRST_STEP_SECONDS : LATER_STEP_SECONDS
    silentSeconds += seconds
    if (silentSeconds > MAX_SILENCE_SECONDS) {
      await Promise.all(online.map((device) => device.ping()))
      silentSeconds = seconds
    }
    await local.clock.advance(`${seconds} seconds`)
  }
  throw new Error(`jobs that are never done: ${JSON.stringify(local.queuedMessages())}`)
}
