import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Trace } from '../trace.ts'
import { MAX_MOVED_MESSAGES_PER_SECOND } from './limits.ts'
import type { Message, OutgoingMessage } from './message.ts'
import type { Queue } from './queue.ts'

/** From "Troubleshoot dead-letter queue redrive": a message that no queue has given up. */
const NO_SOURCE = 'CouldNotDetermineMessageSource'

const STEP_MS = 1_000

export interface MessageMoveTaskProps {
  readonly source: Queue
  /** Undefined: each message goes back to the queue that gave it up. */
  readonly destination: Queue | undefined
  /** @default - as fast as a task may be told to be */
  readonly messagesPerSecond: number | undefined
  queueOf(arn: string): Queue | undefined
  readonly clock: Clock
  readonly trace: Trace
}

export type MoveStatus = 'RUNNING' | MoveEnd
type MoveEnd = 'COMPLETED' | 'CANCELLED' | 'FAILED'

/** Moves what a dead-letter queue holds to where it is to be tried again, second by second. */
export class MessageMoveTask {
  readonly props: MessageMoveTaskProps
  /** As on AWS, it says which queue it is for. */
  readonly handle: string
  readonly startedMs: number
  readonly toMove: number
  #moved = 0
  #status: MoveStatus = 'RUNNING'
  #failureReason: string | undefined
  #cancelStep: () => void

  constructor(props: MessageMoveTaskProps) {
    const { source, clock } = props
    this.props = props
    this.startedMs = clock.now()
    this.toMove = source.counts.visible
    this.handle = formatTaskHandle(randomUUID(), source.definition.queueArn)
    this.#cancelStep = clock.after(0, () => this.#step())
  }

  get moved(): number {
    return this.#moved
  }

  get status(): MoveStatus {
    return this.#status
  }

  get failureReason(): string | undefined {
    return this.#failureReason
  }

  cancel(): void {
    this.#cancelStep()
    this.#end('CANCELLED')
  }

  #step(): void {
    const { source, messagesPerSecond = MAX_MOVED_MESSAGES_PER_SECOND, clock } = this.props
    for (let left = messagesPerSecond; left > 0 && source.counts.visible > 0; left -= 1) {
      const outcome = this.#moveOldest()
      if (outcome === 'noSource') return this.#end('FAILED', NO_SOURCE)
      if (outcome === 'none') break
      this.#moved += 1
    }
    if (source.counts.visible === 0) this.#end('COMPLETED')
    else this.#cancelStep = clock.after(STEP_MS, () => this.#step())
  }

  #moveOldest(): 'moved' | 'none' | 'noSource' {
    const { source } = this.props
    let destination: Queue | undefined
    let asked = false
    const fits = (message: Message): boolean => {
      asked = true
      destination = this.#destinationOf(message)
      return destination !== undefined
    }
    const deliveries = source.receive({ maxMessages: 1, fits })
    const delivery = deliveries === 'overLimit' ? undefined : deliveries[0]
    if (!delivery || !destination) return asked && !destination ? 'noSource' : 'none'
    destination.send(asNew(delivery.message))
    source.delete(delivery.receiptHandle)
    return 'moved'
  }

  #destinationOf({ deadLetterSourceArn }: Message): Queue | undefined {
    return this.props.destination ?? this.props.queueOf(deadLetterSourceArn ?? '')
  }

  #end(status: MoveEnd, failureReason?: string): void {
    const { source, trace } = this.props
    const { queueName } = source.definition
    this.#status = status
    this.#failureReason = failureReason
    trace.record({ kind: 'redrive', queueName, status, moved: this.#moved, failureReason })
  }
}

/**
 * From "Learn how to configure a dead-letter queue redrive": what is moved counts as a new message,
 * with an id and a time of its own.
 */
function asNew({ body, attributes, senderId, groupId, traceHeader }: Message): OutgoingMessage {
  return { body, attributes, senderId, groupId, traceHeader }
}

function formatTaskHandle(taskId: string, sourceArn: string): string {
  return Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64')
}
