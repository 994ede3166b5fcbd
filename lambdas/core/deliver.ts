import { pageOf } from './audience.ts'
import { fullJitter } from './backoff.ts'
import { canStillArrive, idsWith, type Queue } from './delivery.ts'
import { writeJob, type AudienceJob, type ChunkJob, type Job } from './job.ts'
import { pushAndPrune, type DeliveryDeps } from './push-and-prune.ts'

/**
 * Lambda ends a chain of about 16 invocations of one function through a queue, because it takes it
 * for an endless one. The longest here is 8 parts of an audience and 7 attempts at a chunk.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const MAX_PARTS = 8
const MAX_ATTEMPTS = 7

/** Chunks that are in memory, each with the frame: with all of a page and small ones, it may not do. */
const CHUNKS_AT_A_TIME = 50

/** The wait before a chunk's second attempt at most, doubled each time: at most two minutes in all. */
const BASE_DELAY_SECONDS = 2
const MAX_DELAY_SECONDS = 900

/** What carrying out a job needs from the outside. */
export interface DeliverDeps extends DeliveryDeps {
  /** Of what was given up. What comes back from it into the queue is tried anew. */
  readonly deadLetterQueue: Queue
  /** Connection ids in a chunk. */
  readonly chunkSize: number
}

/**
 * Carries out a job: reads an audience and queues its chunks, or pushes to the one that there is.
 *
 * @param deadlineMs when to begin nothing more, in milliseconds since 1970
 * @throws when the table or the queue fails, so that the job has to be carried out once more. What
 * was sent then is sent again, with the same message id.
 */
export async function deliver(job: Job, deadlineMs: number, deps: DeliverDeps): Promise<void> {
  if ('audience' in job) await cutIntoChunks(job, deadlineMs, deps)
  else await pushChunk(job, deadlineMs, deps)
}

/** What fits into one chunk needs no further job. */
async function cutIntoChunks(
  job: AudienceJob,
  deadlineMs: number,
  deps: DeliverDeps,
): Promise<void> {
  const { queue, chunkSize } = deps
  const { frame, sinceMs, audience, except, part = 0 } = job
  const toChunk = (ids: readonly string[]): string =>
    writeJob({ frame, sinceMs, connectionIds: ids })
  let { after } = job
  let rest: string[] = []
  let hasQueued = false
  let isLast: boolean
  do {
    const page = await pageOf(audience, deps, after)
    rest.push(...page.connectionIds.filter((connectionId) => connectionId !== except))
    after = page.next
    // Decided once: the clock goes on while the chunks are queued, and the last part has no rest.
    const isLate = deps.now() >= deadlineMs
    isLast = after === undefined || isLate
    if (after === undefined && !isLate && !hasQueued && rest.length <= chunkSize) {
      return pushChunk({ frame, sinceMs, connectionIds: rest }, deadlineMs, deps)
    }
    const end = isLast ? rest.length : rest.length - (rest.length % chunkSize)
    for (const chunks of slices(slices(rest.slice(0, end), chunkSize), CHUNKS_AT_A_TIME)) {
      await queue.send(chunks.map(toChunk))
    }
    rest = rest.slice(end)
    hasQueued ||= end > 0
  } while (!isLast)
  if (after === undefined) return
  const next = { ...job, after, part: part + 1 }
  if (next.part < MAX_PARTS) {
    await queue.send([writeJob(next)])
  } else {
    // Whoever puts it back does so days later: no time that the metrics should tell of.
    await deps.deadLetterQueue.send([writeJob({ ...next, part: 0, sinceMs: undefined })])
    deps.report('audience_given_up', new RangeError())
  }
}

async function pushChunk(job: ChunkJob, deadlineMs: number, deps: DeliverDeps): Promise<void> {
  const { frame, sinceMs, connectionIds, attempt = 0 } = job
  const isRetry = attempt > 0
  const outcomes = await pushAndPrune({ frame, connectionIds, deadlineMs, isRetry }, deps)
  if (sinceMs !== undefined) deps.measure({ fanOutMs: Math.max(0, deps.now() - sinceMs) })
  const later = idsWith(outcomes, canStillArrive)
  const failed = idsWith(outcomes, (outcome) => outcome === 'failed')
  const isLastAttempt = attempt + 1 >= MAX_ATTEMPTS
  const givenUp = isLastAttempt ? [...failed, ...later] : failed
  if (givenUp.length > 0) {
    await deps.deadLetterQueue.send([writeJob({ frame, connectionIds: givenUp })])
    deps.measure({ givenUp: givenUp.length })
  }
  if (isLastAttempt || later.length === 0) return
  const retry = writeJob({ frame, sinceMs, connectionIds: later, attempt: attempt + 1 })
  await deps.queue.send([retry], delaySeconds(attempt, deps.random()))
}

/** At least a second, so that what a burst has used up is there again. */
function delaySeconds(attempt: number, random: number): number {
  return 1 + Math.floor(fullJitter(attempt, BASE_DELAY_SECONDS, MAX_DELAY_SECONDS - 1, random))
}

function slices<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
