import type { Queue } from './queue.ts'
import { SqsError } from './sqs-error.ts'

/** Those of a standard queue. One that the queue does not have is left out. */
const NAMES = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'VisibilityTimeout',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'QueueArn',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
] as const

type AttributeName = (typeof NAMES)[number]

/** Attributes that AWS has, and that say nothing here. */
const UNSET = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'Policy',
  'RedriveAllowPolicy',
])

/**
 * A queue's attributes, as texts.
 *
 * @param wanted their names; `All` for all
 * @throws SqsError for a name that is none
 */
export function queueAttributes(queue: Queue, wanted: readonly string[]): Record<string, string> {
  const attributes: Record<string, string> = {}
  const names = wanted.includes('All') ? [...wanted, ...NAMES] : wanted
  for (const name of names) {
    if (name === 'All' || UNSET.has(name)) continue
    if (!isName(name)) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`)
    const value = valueOf(queue, name)
    if (value !== undefined) attributes[name] = String(value)
  }
  return attributes
}

function isName(name: string): name is AttributeName {
  return NAMES.some((known) => known === name)
}

function valueOf(queue: Queue, name: AttributeName): string | number | boolean | undefined {
  const { definition, counts, createdMs } = queue
  const { redrive } = definition
  switch (name) {
    case 'ApproximateNumberOfMessages':
      return counts.visible
    case 'ApproximateNumberOfMessagesNotVisible':
      return counts.inFlight
    case 'ApproximateNumberOfMessagesDelayed':
      return counts.delayed
    case 'CreatedTimestamp':
    case 'LastModifiedTimestamp':
      return Math.floor(createdMs / 1000)
    case 'VisibilityTimeout':
      return definition.visibilityTimeoutSeconds
    case 'MaximumMessageSize':
      return definition.maximumMessageBytes
    case 'MessageRetentionPeriod':
      return definition.retentionSeconds
    case 'DelaySeconds':
      return definition.delaySeconds
    case 'ReceiveMessageWaitTimeSeconds':
      return definition.receiveWaitSeconds
    case 'QueueArn':
      return definition.queueArn
    case 'RedrivePolicy':
      return (
        redrive &&
        JSON.stringify({
          deadLetterTargetArn: redrive.deadLetterQueueArn,
          maxReceiveCount: redrive.maxReceiveCount,
        })
      )
    case 'SqsManagedSseEnabled':
      return true
  }
}
