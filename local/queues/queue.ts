import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Faults } from '../faults/faults.ts'
import type { QueueDefinition } from '../template/sqs.ts'
import type { Trace } from '../trace.ts'
import { MAX_IN_FLIGHT_MESSAGES, MAX_VISIBILITY_TIMEOUT_SECONDS, PURGE_SECONDS } from './limits.ts'
import type { Delivery, Message, OutgoingMessage } from './message.ts'
import { formatReceipt, parseReceipt } from './receipt.ts'
import { Timetable } from './timetable.ts'

/** A fault: how long after the first delivery the second one follows. */
const DUPLICATE_AFTER_MS = 100

/** A fault: how long a message stands aside, for others to overtake it. */
const REORDER_MS = 1_000

/** A message that is kept, with what has become of it so far. */
interface Copy {
  readonly id: string
  readonly message: Message
  receiveCount: number
  firstReceivedMs: number
  /** When it was last received. */
  receivedMs: number
  /** A fault: a second delivery follows the first. */
  duplicate: boolean
}

export interface QueueProps {
  readonly definition: QueueDefinition
  readonly clock: Clock
  readonly faults: Faults
  readonly trace: Trace
  /** Where messages go that have been received too often. */
  deadLetterQueue?(): Queue | undefined
}

export interface ReceiveOptions {
  readonly maxMessages: number
  /** @default - the queue's visibility timeout */
  readonly visibilityTimeoutSeconds?: number | undefined
  /** Asked of each message in turn; the first that does not fit ends the delivery. */
  readonly fits?: (message: Message) => boolean
}

/**
 * A standard queue. A message that is received is invisible until its visibility timeout has
 * passed, and is received again then unless it was deleted.
 */
export class Queue {
  readonly definition: QueueDefinition
  readonly createdMs: number
  readonly #props: QueueProps
  /** Every message, by the id of its copy; each is also in one of the three sets. */
  readonly #copies = new Map<string, Copy>()
  readonly #visible = new Set<Copy>()
  readonly #delayed = new Set<Copy>()
  readonly #inFlight = new Set<Copy>()
  /** When those that are not visible become so. */
  readonly #returns: Timetable<Copy>
  /** When each has been kept for long enough. */
  readonly #expiries: Timetable<Copy>
  readonly #listeners = new Set<() => void>()
  #announcing = false
  #purgedMs = -Infinity

  constructor(props: QueueProps) {
    this.#props = props
    this.definition = props.definition
    this.createdMs = props.clock.now()
    this.#returns = new Timetable(props.clock, (copies) => this.#show(copies))
    this.#expiries = new Timetable(props.clock, (copies) => {
      for (const copy of copies) this.#remove(copy)
    })
  }

  /** About how many messages there are: to be received, received, and not yet to be received. */
  get counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number } {
    return {
      visible: this.#visible.size,
      inFlight: this.#inFlight.size,
      delayed: this.#delayed.size,
    }
  }

  /** All that it holds, whether it can be received now or not. */
  get messages(): readonly Message[] {
    return [...this.#copies.values()].map(({ message }) => message)
  }

  /**
   * @param delaySeconds the queue's own delay if not given
   * @returns the message's id
   */
  send(outgoing: OutgoingMessage, delaySeconds = this.definition.delaySeconds): string {
    const { clock, faults } = this.#props
    const fault = faults.forMessage(this.definition.queueName)
    const message = { ...outgoing, messageId: randomUUID(), sentMs: clock.now() }
    const delayMs = delaySeconds * 1000 + (fault.reorder ? REORDER_MS : 0)
    this.#keep(message, delayMs, fault.duplicate)
    return message.messageId
  }

  /** Takes what another queue has given up. It is as old here as it was there. */
  takeDeadLetter(message: Message, fromArn: string): void {
    this.#keep({ ...message, deadLetterSourceArn: fromArn }, 0, false)
  }

  /** What can be received now; `overLimit` when too many messages are in flight. */
  receive(options: ReceiveOptions): Delivery[] | 'overLimit' {
    const deliveries: Delivery[] = []
    if (this.#visible.size === 0) return deliveries
    const { visibilityTimeoutSeconds = this.definition.visibilityTimeoutSeconds } = options
    const now = this.#props.clock.now()
    const delivered: Copy[] = []
    for (const copy of this.#visible) {
      if (deliveries.length >= options.maxMessages) break
      if (this.#giveUp(copy)) continue
      if (this.#inFlight.size >= MAX_IN_FLIGHT_MESSAGES) {
        if (deliveries.length === 0) return 'overLimit'
        break
      }
      if (options.fits?.(copy.message) === false) break
      this.#visible.delete(copy)
      this.#inFlight.add(copy)
      deliveries.push(this.#deliver(copy, now))
      delivered.push(copy)
    }
    for (const copy of delivered) {
      if (visibilityTimeoutSeconds > 0) {
        this.#returns.set(copy, now + visibilityTimeoutSeconds * 1000)
      } else {
        // Without a word to those who wait: they would receive it again and again.
        this.#inFlight.delete(copy)
        this.#visible.add(copy)
      }
    }
    return deliveries
  }

  /** Long polling: waits for a message, until the time has passed or the caller gives up. */
  async receiveWithin(
    waitSeconds: number,
    options: ReceiveOptions,
    signal?: AbortSignal,
  ): Promise<Delivery[] | 'overLimit'> {
    const deliveries = this.receive(options)
    // With long polling, the limit is no error.
    if (waitSeconds === 0 || (deliveries !== 'overLimit' && deliveries.length > 0)) {
      return deliveries
    }
    return new Promise((resolve) => {
      const end = (result: Delivery[]): void => {
        stopListening()
        stopWaiting()
        signal?.removeEventListener('abort', giveUp)
        resolve(result)
      }
      const giveUp = (): void => end([])
      const stopListening = this.onVisible(() => {
        const found = this.receive(options)
        if (found !== 'overLimit' && found.length > 0) end(found)
      })
      const stopWaiting = this.#props.clock.after(waitSeconds * 1000, giveUp)
      signal?.addEventListener('abort', giveUp)
      if (signal?.aborted === true) giveUp()
    })
  }

  /**
   * Calls back, soon after, whenever there is something to receive: messages that are sent together
   * are there together. Returns the undo.
   */
  onVisible(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * As on AWS for standard queues: only the handle of the last receipt deletes. An older one, or
   * that of a message which is deleted already, succeeds and does nothing. The last one is still
   * good when the visibility timeout has passed, as long as nobody has received the message since.
   */
  delete(receiptHandle: string): 'accepted' | 'invalidHandle' {
    const receipt = parseReceipt(this.definition.queueArn, receiptHandle)
    if (!receipt) return 'invalidHandle'
    const copy = this.#copies.get(receipt.copyId)
    if (copy?.receiveCount === receipt.receiveCount) this.#remove(copy)
    return 'accepted'
  }

  /**
   * Makes an invisible message visible when so many seconds have passed from now. AWS refuses an
   * older handle here, where it forgives it for a deletion, and a message that is not in flight.
   */
  changeVisibility(
    receiptHandle: string,
    timeoutSeconds: number,
  ): 'changed' | 'invalidHandle' | 'notInFlight' | 'tooLong' {
    const receipt = parseReceipt(this.definition.queueArn, receiptHandle)
    if (!receipt) return 'invalidHandle'
    const copy = this.#copies.get(receipt.copyId)
    if (copy?.receiveCount !== receipt.receiveCount || !this.#inFlight.has(copy)) {
      return 'notInFlight'
    }
    const dueMs = this.#props.clock.now() + timeoutSeconds * 1000
    if (dueMs - copy.receivedMs > MAX_VISIBILITY_TIMEOUT_SECONDS * 1000) return 'tooLong'
    if (timeoutSeconds === 0) this.#show([copy])
    else this.#returns.set(copy, dueMs)
    return 'changed'
  }

  /** Deletes every message, unless the last purge was within the minute. */
  purge(): 'purged' | 'inProgress' {
    const now = this.#props.clock.now()
    if (now - this.#purgedMs < PURGE_SECONDS * 1000) return 'inProgress'
    this.#purgedMs = now
    for (const copy of this.#copies.values()) this.#remove(copy)
    return 'purged'
  }

  #keep(message: Message, delayMs: number, duplicate: boolean): void {
    const now = this.#props.clock.now()
    // To the second, so that the expiries of many messages are one task of the clock's.
    const expiryMs = Math.ceil(message.sentMs / 1000 + this.definition.retentionSeconds) * 1000
    if (expiryMs <= now) return
    const copy: Copy = {
      id: randomUUID(),
      message,
      receiveCount: 0,
      firstReceivedMs: 0,
      receivedMs: 0,
      duplicate,
    }
    this.#copies.set(copy.id, copy)
    this.#expiries.set(copy, expiryMs)
    if (delayMs === 0) return this.#show([copy])
    this.#delayed.add(copy)
    this.#returns.set(copy, now + delayMs)
  }

  #deliver(copy: Copy, now: number): Delivery {
    copy.receiveCount += 1
    copy.receivedMs = now
    if (copy.receiveCount === 1) copy.firstReceivedMs = now
    const { id, message, receiveCount, firstReceivedMs } = copy
    if (copy.duplicate) {
      copy.duplicate = false
      this.#keep(message, DUPLICATE_AFTER_MS, false)
    }
    const receiptHandle = formatReceipt(this.definition.queueArn, { copyId: id, receiveCount })
    return { message, receiptHandle, receiveCount, firstReceivedMs }
  }

  /** Whether a message has been received often enough, and has gone to the dead-letter queue. */
  #giveUp(copy: Copy): boolean {
    const { redrive, queueName, queueArn } = this.definition
    if (!redrive || copy.receiveCount < redrive.maxReceiveCount) return false
    const deadLetterQueue = this.#props.deadLetterQueue?.()
    if (!deadLetterQueue) return false
    this.#remove(copy)
    const { message, receiveCount } = copy
    const { messageId } = message
    deadLetterQueue.takeDeadLetter(message, queueArn)
    const deadLetterQueueName = deadLetterQueue.definition.queueName
    this.#props.trace.record({
      kind: 'deadLetter',
      queueName,
      deadLetterQueueName,
      messageId,
      receiveCount,
    })
    return true
  }

  #remove(copy: Copy): void {
    this.#returns.delete(copy)
    this.#expiries.delete(copy)
    this.#copies.delete(copy.id)
    for (const set of [this.#visible, this.#delayed, this.#inFlight]) set.delete(copy)
  }

  #show(copies: Iterable<Copy>): void {
    for (const copy of copies) {
      this.#returns.delete(copy)
      this.#delayed.delete(copy)
      this.#inFlight.delete(copy)
      this.#visible.add(copy)
    }
    if (this.#announcing) return
    this.#announcing = true
    queueMicrotask(() => {
      this.#announcing = false
      for (const listener of this.#listeners) listener()
    })
  }
}
