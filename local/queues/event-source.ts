import type { Identities, Principal } from '../access/identities.ts'
import type { Clock } from '../clock.ts'
import { AssemblyError } from '../errors.ts'
import { MAX_ENVIRONMENTS, type LocalFunction } from '../functions/local-function.ts'
import { chainedInvocations, MAX_CHAINED_INVOCATIONS } from '../functions/trace-header.ts'
import type { EventSourceDefinition } from '../template/event-source.ts'
import type { RoleDefinition } from '../template/iam.ts'
import type { FunctionDefinition } from '../template/lambda.ts'
import type { Trace } from '../trace.ts'
import { billedRequests } from './billed-requests.ts'
import { MAX_RECEIVED_MESSAGES } from './limits.ts'
import type { Delivery, Message } from './message.ts'
import type { Queue } from './queue.ts'
import { failedMessages, sqsRecord } from './sqs-event.ts'

/** What Lambda begins with: it scales up from there if the queue stays long. */
const INITIAL_CONCURRENCY = 5

/** The most that an invocation's event may hold, as JSON: 6 MB. */
const MAX_EVENT_BYTES = 6 * 1024 * 1024

/** `{"Records":[]}` */
const ENVELOPE_BYTES = 14

/** In one request: DeleteMessageBatch. */
const MAX_DELETED_MESSAGES = 10

/** What the function's role needs for Lambda to read its queue. */
const NEEDED = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'] as const

export interface EventSourceProps {
  readonly definition: EventSourceDefinition
  readonly queue: Queue
  readonly target: Pick<LocalFunction, 'invoke'>
  readonly targetDefinition: Pick<
    FunctionDefinition,
    'functionArn' | 'functionName' | 'allowsRecursiveLoop'
  >
  /** The function's: Lambda reads the queue with it. */
  readonly role: RoleDefinition
  readonly identities: Identities
  readonly clock: Clock
  readonly trace: Trace
}

/** Messages that go to the function together. */
interface Batch {
  readonly deliveries: Delivery[]
  /** Of the event that it will be. */
  bytes: number
  /** Undefined while its window has not begun: with its first message. */
  cancelWindow: (() => void) | undefined
}

/**
 * Lambda's poller: it receives the messages of a queue in batches, invokes the function with each,
 * and deletes what has been done. The rest comes back when its visibility timeout has passed.
 */
export class EventSource {
  readonly #props: EventSourceProps
  readonly #maxConcurrency: number
  #caller: Principal | undefined
  #stopListening: () => void = () => {}
  /** The batch that is not full yet. */
  #gathering: Batch | undefined
  #running = 0
  #stopped = false

  constructor(props: EventSourceProps) {
    this.#props = props
    // Beyond the environments, batches would wait for one while their visibility timeout passes.
    const { maximumConcurrency = INITIAL_CONCURRENCY } = props.definition
    this.#maxConcurrency = Math.min(maximumConcurrency, MAX_ENVIRONMENTS)
  }

  /** @throws AssemblyError when the function's role may not read the queue */
  start(): void {
    const { definition, role, identities, targetDefinition, queue } = this.#props
    const [, caller] = identities.assumeRole(role, targetDefinition.functionName)
    this.#caller = caller
    for (const action of NEEDED) {
      if (this.#may(action)) continue
      throw new AssemblyError(
        `${definition.logicalId}: the role ${role.roleName} does not have permissions to call ${action} on SQS, for ${definition.queueArn}`,
      )
    }
    this.#stopListening = queue.onVisible(() => this.#poll())
  }

  /** Receives nothing more. Batches that are with the function go on. */
  stop(): void {
    this.#stopped = true
    this.#stopListening()
    this.#gathering?.cancelWindow?.()
    this.#gathering = undefined
  }

  #poll(): void {
    const { definition, clock } = this.#props
    const windowMs = definition.batchingWindowSeconds * 1000
    for (;;) {
      const batch = this.#gathering ?? this.#open()
      if (!batch) return
      const full = this.#fill(batch)
      if (batch.deliveries.length === 0) return
      if (!full && windowMs > 0) {
        this.#gathering = batch
        batch.cancelWindow ??= clock.after(windowMs, () => this.#hand(batch))
        return
      }
      this.#hand(batch)
    }
  }

  /** A new batch, unless as many as may be are under way. */
  #open(): Batch | undefined {
    if (this.#stopped || this.#running >= this.#maxConcurrency) return undefined
    return { deliveries: [], bytes: ENVELOPE_BYTES, cancelWindow: undefined }
  }

  /** Receives what there is for a batch. Returns whether no more would go into it. */
  #fill(batch: Batch): boolean {
    const { queue, definition } = this.#props
    const { batchSize, queueArn } = definition
    for (;;) {
      const left = batchSize - batch.deliveries.length
      if (left === 0) return true
      if (queue.counts.visible === 0 || !this.#may('ReceiveMessage')) return false
      let full = false
      const before = batch.bytes
      const fits = (message: Message): boolean => {
        const bytes = recordBytes(message, queueArn)
        full = batch.bytes > ENVELOPE_BYTES && batch.bytes + bytes > MAX_EVENT_BYTES
        if (!full) batch.bytes += bytes
        return !full
      }
      const maxMessages = Math.min(MAX_RECEIVED_MESSAGES, left)
      const deliveries = queue.receive({ maxMessages, fits })
      if (deliveries === 'overLimit') return false
      this.#consumed('ReceiveMessage', billedRequests(batch.bytes - before))
      for (const delivery of deliveries) addNewest(batch.deliveries, delivery)
      if (full) return true
    }
  }

  #hand(batch: Batch): void {
    batch.cancelWindow?.()
    if (this.#gathering === batch) this.#gathering = undefined
    this.#running += 1
    void this.#props.clock.hold(this.#process(batch)).finally(() => {
      this.#running -= 1
      this.#poll()
    })
  }

  async #process(batch: Batch): Promise<void> {
    const { definition, queue, target } = this.#props
    const deliveries = batch.deliveries.filter(({ message }) => !this.#isInLoop(message))
    if (deliveries.length === 0) return
    const Records = deliveries.map((delivery) => sqsRecord(delivery, definition.queueArn))
    const traceHeaders = deliveries.flatMap(({ message }) => message.traceHeader ?? [])
    const result = await target.invoke({ Records }, traceHeaders)
    if (!result.ok) return
    const messageIds = new Set(deliveries.map(({ message }) => message.messageId))
    const failed = definition.reportsBatchItemFailures
      ? failedMessages(result.payload, messageIds)
      : new Set<string>()
    const done = deliveries.filter(({ message }) => !failed.has(message.messageId))
    if (done.length === 0 || !this.#may('DeleteMessage')) return
    for (const { receiptHandle } of done) queue.delete(receiptHandle)
    this.#consumed('DeleteMessage', Math.ceil(done.length / MAX_DELETED_MESSAGES))
  }

  /** On AWS the poller's calls are billed as anybody's, and those that find nothing come on top. */
  #consumed(action: (typeof NEEDED)[number], units: number): void {
    const { trace, definition } = this.#props
    trace.record({
      kind: 'consumed',
      principalArn: this.#caller?.arn ?? '',
      action: `sqs:${action}`,
      resource: definition.queueArn,
      unit: 'request',
      units,
    })
  }

  /**
   * Whether the function has run too often in the chain that a message comes from: it fails then,
   * without being received by the function, until it is in the dead-letter queue. AWS does not say
   * what becomes of the others in its batch: here the function receives them.
   */
  #isInLoop({ messageId, traceHeader }: Message): boolean {
    const { queue, targetDefinition, trace } = this.#props
    const { functionArn, functionName, allowsRecursiveLoop = false } = targetDefinition
    const invocations = chainedInvocations(functionArn, traceHeader)
    if (allowsRecursiveLoop || invocations < MAX_CHAINED_INVOCATIONS) return false
    const { queueName } = queue.definition
    trace.record({ kind: 'recursiveLoop', functionName, queueName, messageId, invocations })
    return true
  }

  #may(action: (typeof NEEDED)[number]): boolean {
    const { identities, definition } = this.#props
    if (!this.#caller) return false
    return identities.authorize(this.#caller, `sqs:${action}`, definition.queueArn) === undefined
  }
}

/**
 * A window that is longer than the visibility timeout receives a message again: it is in the batch
 * once, with the receipt handle that is good.
 */
function addNewest(deliveries: Delivery[], delivery: Delivery): void {
  const before = deliveries.findIndex(({ message }) => message === delivery.message)
  if (before === -1) deliveries.push(delivery)
  else deliveries[before] = delivery
}

/** What a message takes of an event at most, as JSON and with its comma. */
function recordBytes(message: Message, queueArn: string): number {
  const longest = { receiptHandle: 'x'.repeat(300), receiveCount: 1_000_000 }
  const record = sqsRecord({ message, firstReceivedMs: message.sentMs, ...longest }, queueArn)
  return Buffer.byteLength(JSON.stringify(record)) + 1
}
