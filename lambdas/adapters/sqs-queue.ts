import { setTimeout as sleep } from 'node:timers/promises'
import {
  SendMessageBatchCommand,
  type SQSClient,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs'
import { fullJitter } from '../core/backoff.ts'
import type { Queue } from '../core/delivery.ts'
import { eachConcurrently } from '../core/each-concurrently.ts'

/**
 * What a batch may hold.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MAX_BATCH_ENTRIES = 10
const MAX_BATCH_BYTES = 1_048_576

/** Batches under way at a time. */
const CONCURRENT_BATCHES = 5

/** How often an entry that SQS could not take is offered. */
const MAX_ATTEMPTS = 4
const BASE_BACKOFF_MS = 100
const MAX_BACKOFF_MS = 2_000

type Entry = SendMessageBatchRequestEntry
type Pause = (milliseconds: number) => Promise<void>

/** A queue in SQS. */
export class SqsQueue implements Queue {
  readonly #url: string
  readonly #client: () => SQSClient
  readonly #pause: Pause

  constructor(url: string, client: () => SQSClient, pause: Pause = sleep) {
    this.#url = url
    this.#client = client
    this.#pause = pause
  }

  async send(bodies: readonly string[], delaySeconds = 0): Promise<void> {
    const entries = bodies.map((MessageBody, index) => ({
      Id: String(index),
      MessageBody,
      DelaySeconds: delaySeconds,
    }))
    await eachConcurrently(batches(entries), CONCURRENT_BATCHES, (batch) => this.#sendBatch(batch))
  }

  /** Offers again what SQS could not take; it answers for each entry by itself. */
  async #sendBatch(batch: readonly Entry[]): Promise<void> {
    const client = this.#client()
    let left = batch
    for (let attempt = 0; ; attempt += 1) {
      const command = new SendMessageBatchCommand({ QueueUrl: this.#url, Entries: [...left] })
      const { Failed = [] } = await client.send(command)
      if (Failed.length === 0) return
      if (attempt + 1 === MAX_ATTEMPTS) {
        const reasons = new Set(Failed.map(({ Code }) => Code))
        throw new Error(`SQS did not take ${Failed.length} messages: ${[...reasons].join(', ')}`)
      }
      const failed = new Set(Failed.map(({ Id }) => Id))
      left = left.filter(({ Id }) => failed.has(Id))
      await this.#pause(fullJitter(attempt, BASE_BACKOFF_MS, MAX_BACKOFF_MS, Math.random()))
    }
  }
}

/** As few batches as hold all entries in their order. */
function* batches(entries: readonly Entry[]): Generator<readonly Entry[]> {
  let batch: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    const entryBytes = Buffer.byteLength(entry.MessageBody ?? '')
    if (batch.length === MAX_BATCH_ENTRIES || bytes + entryBytes > MAX_BATCH_BYTES) {
      if (batch.length > 0) yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += entryBytes
  }
  if (batch.length > 0) yield batch
}
