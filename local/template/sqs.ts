import * as v from 'valibot'
import type { ResourceStatement } from '../access/resource-policy.ts'
import { UnsupportedError } from '../errors.ts'
import {
  DEFAULT_RETENTION_SECONDS,
  DEFAULT_VISIBILITY_TIMEOUT_SECONDS,
  MAX_DELAY_SECONDS,
  MAX_MESSAGE_BYTES,
  MAX_RECEIVE_COUNT,
  MAX_RETENTION_SECONDS,
  MAX_VISIBILITY_TIMEOUT_SECONDS,
  MAX_WAIT_SECONDS,
  MIN_MAXIMUM_MESSAGE_BYTES,
  MIN_RETENTION_SECONDS,
  QUEUE_NAME,
} from '../queues/limits.ts'
import type { Account } from './account.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import { between, ignored, readProperties } from './properties.ts'
import { policyOf, readQueuePolicy } from './queue-policy.ts'
import type { Resource } from './resolve-template.ts'

/** A standard queue. */
export interface QueueDefinition {
  readonly queueName: string
  readonly queueArn: string
  /** On AWS. */
  readonly queueUrl: string
  readonly visibilityTimeoutSeconds: number
  readonly delaySeconds: number
  readonly retentionSeconds: number
  readonly maximumMessageBytes: number
  /** How long a receive call waits that does not say it. */
  readonly receiveWaitSeconds: number
  readonly redrive: RedrivePolicy | undefined
  /** What hangs on the queue: it joins in whatever role calls. */
  readonly policy: readonly ResourceStatement[]
}

/** Where messages go that are received so often and not deleted. */
export interface RedrivePolicy {
  readonly deadLetterQueueArn: string
  readonly maxReceiveCount: number
}

const queueSchema = v.strictObject({
  QueueName: v.optional(v.pipe(v.string(), v.regex(QUEUE_NAME))),
  VisibilityTimeout: v.optional(
    between(0, MAX_VISIBILITY_TIMEOUT_SECONDS),
    DEFAULT_VISIBILITY_TIMEOUT_SECONDS,
  ),
  DelaySeconds: v.optional(between(0, MAX_DELAY_SECONDS), 0),
  MessageRetentionPeriod: v.optional(
    between(MIN_RETENTION_SECONDS, MAX_RETENTION_SECONDS),
    DEFAULT_RETENTION_SECONDS,
  ),
  MaximumMessageSize: v.optional(
    between(MIN_MAXIMUM_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
    MAX_MESSAGE_BYTES,
  ),
  ReceiveMessageWaitTimeSeconds: v.optional(between(0, MAX_WAIT_SECONDS), 0),
  RedrivePolicy: v.optional(
    v.strictObject({
      deadLetterTargetArn: v.string(),
      maxReceiveCount: between(1, MAX_RECEIVE_COUNT),
    }),
  ),
  RedriveAllowPolicy: v.optional(
    v.strictObject({
      redrivePermission: v.picklist(['allowAll', 'denyAll', 'byQueue']),
      sourceQueueArns: v.optional(v.array(v.string()), []),
    }),
  ),
  // Nothing is encrypted here: it is all in the memory of one process, and gone with it.
  SqsManagedSseEnabled: ignored,
  KmsMasterKeyId: ignored,
  KmsDataKeyReusePeriodSeconds: ignored,
  Tags: ignored,
})

type QueueProperties = v.InferOutput<typeof queueSchema>

/** Reads all queues, each with its policy and what it gives up. */
export function readQueues(
  resources: readonly Resource[],
  account: Account,
  problems: Problems,
): QueueDefinition[] {
  const ofType = (wanted: string) => resources.filter(({ type }) => type === wanted)
  const policies = problems.each(ofType('AWS::SQS::QueuePolicy'), (resource) =>
    readQueuePolicy(resource, account),
  )
  const queues = problems.each(ofType('AWS::SQS::Queue'), (resource) => {
    return { resource, properties: readProperties(resource, queueSchema) }
  })
  const byArn = new Map(queues.map(({ resource, properties }) => [resource.arn, properties]))
  return problems.each(queues, ({ resource, properties }) => ({
    queueName: resource.arn.split(':').at(-1) ?? '',
    queueArn: resource.arn,
    queueUrl: resource.ref,
    visibilityTimeoutSeconds: properties.VisibilityTimeout,
    delaySeconds: properties.DelaySeconds,
    retentionSeconds: properties.MessageRetentionPeriod,
    maximumMessageBytes: properties.MaximumMessageSize,
    receiveWaitSeconds: properties.ReceiveMessageWaitTimeSeconds,
    redrive: readRedrive(resource, properties, byArn),
    policy: policyOf(resource.ref, policies),
  }))
}

function readRedrive(
  resource: Resource,
  { RedrivePolicy: policy }: QueueProperties,
  queues: ReadonlyMap<string, QueueProperties>,
): RedrivePolicy | undefined {
  // A dead-letter queue that the developer goes on without takes nothing.
  if (!policy || isPlaceholder(policy.deadLetterTargetArn)) return undefined
  const { deadLetterTargetArn, maxReceiveCount } = policy
  const path = `${resource.path}/Properties/RedrivePolicy`
  const target = queues.get(deadLetterTargetArn)
  if (!target || deadLetterTargetArn === resource.arn) {
    const which = target ? 'the queue itself' : 'not in this template'
    throw new UnsupportedError(path, `the dead-letter queue ${deadLetterTargetArn} is ${which}`)
  }
  if (!mayGiveTo(target, resource.arn)) {
    const reason = `${deadLetterTargetArn} does not take messages of this queue, by its RedriveAllowPolicy`
    throw new UnsupportedError(path, reason)
  }
  return { deadLetterQueueArn: deadLetterTargetArn, maxReceiveCount }
}

function mayGiveTo({ RedriveAllowPolicy: allow }: QueueProperties, sourceArn: string): boolean {
  if (!allow || allow.redrivePermission === 'allowAll') return true
  return allow.redrivePermission === 'byQueue' && allow.sourceQueueArns.includes(sourceArn)
}
