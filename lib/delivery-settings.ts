import { mustBeWithin } from './must-be-within.ts'

/** How messages to many are delivered. */
export interface DeliverySettings {
  /**
   * The most recipients that a message is pushed to before its sender is answered with how many got
   * it: 0 to 10,000. With more, the delivery goes on behind a queue.
   *
   * @default 1,000 - at 8,000 posts a second the sender waits for an eighth of a second and more
   */
  readonly inlineLimit?: number

  /**
   * Recipients in one job of the queue: 1 to 10,000, and no more than a worker reaches in 20 seconds.
   *
   * @default 1,000 - or what a worker reaches in 20 seconds: little is sent twice when one dies
   */
  readonly chunkSize?: number

  /**
   * How many workers push at the same time: 2 to 1,000. Each has the same share of the rate.
   *
   * @default 10
   */
  readonly maxConcurrency?: number

  /**
   * Pushes a second of all workers together. It shares the account's quota of 10,000 requests a
   * second with what clients send and with their connecting: ask AWS for a higher quota first.
   *
   * @default 8,000 - 80 % of the default quota
   */
  readonly postsPerSecond?: number
}

/** An audience of some millions is read in such parts, and a chunk is done in a tenth of it. */
export const WORKER_TIMEOUT_SECONDS = 30

/**
 * Six times the function's timeout, as AWS advises. A job whose worker has died comes back then.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export const VISIBILITY_TIMEOUT_SECONDS = 6 * WORKER_TIMEOUT_SECONDS

/** Of a job whose worker dies or that the table or the queue fails; AWS advises 5 at the least. */
export const MAX_RECEIVE_COUNT = 5

/** Longest that a worker may need for a chunk at its rate: its timeout without what it keeps back. */
const MAX_CHUNK_SECONDS = 20

/**
 * The settings with their defaults.
 *
 * @throws RangeError when one is not what its description says
 */
export function resolveSettings(settings: DeliverySettings): Required<DeliverySettings> {
  const { inlineLimit = 1_000, maxConcurrency = 10, postsPerSecond = 8_000 } = settings
  mustBeWithin('inlineLimit', inlineLimit, 0, 10_000)
  mustBeWithin('maxConcurrency', maxConcurrency, 2, 1_000)
  mustBeWithin('postsPerSecond', postsPerSecond, maxConcurrency, 1_000_000)
  const perWorker = Math.floor((postsPerSecond / maxConcurrency) * MAX_CHUNK_SECONDS)
  const { chunkSize = Math.min(1_000, perWorker) } = settings
  mustBeWithin('chunkSize', chunkSize, 1, Math.min(10_000, perWorker))
  return { inlineLimit, chunkSize, maxConcurrency, postsPerSecond }
}
