import * as v from 'valibot'
import { AssemblyError, UnsupportedError } from '../errors.ts'
import { asJsonObject } from '../json.ts'
import type { FunctionDefinition } from './lambda.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Problems } from './problems.ts'
import { between, ignored, readProperties } from './properties.ts'
import type { Resource } from './resolve-template.ts'
import type { QueueDefinition } from './sqs.ts'

/** A queue whose messages Lambda hands to a function. */
export interface EventSourceDefinition {
  readonly logicalId: string
  readonly functionArn: string
  readonly queueArn: string
  /** The most messages that one invocation gets. */
  readonly batchSize: number
  /** How long a batch is gathered that is not full. */
  readonly batchingWindowSeconds: number
  /** Undefined: Lambda scales as it likes. */
  readonly maximumConcurrency: number | undefined
  /** Whether the function says which messages of a batch failed. */
  readonly reportsBatchItemFailures: boolean
}

/** Limits of CreateEventSourceMapping, of its API reference. */
const MAX_BATCH_SIZE = 10_000
const MAX_BATCH_SIZE_WITHOUT_WINDOW = 10
const MAX_BATCHING_WINDOW_SECONDS = 300
const DEFAULT_BATCH_SIZE = 10

const mappingSchema = v.strictObject({
  FunctionName: v.string(),
  EventSourceArn: v.string(),
  BatchSize: v.optional(between(1, MAX_BATCH_SIZE), DEFAULT_BATCH_SIZE),
  MaximumBatchingWindowInSeconds: v.optional(between(0, MAX_BATCHING_WINDOW_SECONDS), 0),
  ScalingConfig: v.optional(
    v.strictObject({ MaximumConcurrency: v.optional(between(2, 1_000)) }),
    {},
  ),
  FunctionResponseTypes: v.optional(v.array(v.literal('ReportBatchItemFailures')), []),
  Enabled: v.optional(v.boolean(), true),
  Tags: ignored,
})

/**
 * Reads all event source mappings that are enabled.
 *
 * @throws UnsupportedError for another source than a queue of this template
 * @throws AssemblyError for what AWS refuses at deployment
 */
export function readEventSources(
  resources: readonly Resource[],
  functions: readonly FunctionDefinition[],
  queues: readonly QueueDefinition[],
  problems: Problems,
): EventSourceDefinition[] {
  const mappings = resources.filter((resource) => {
    return resource.type === 'AWS::Lambda::EventSourceMapping' && !isLeftOut(resource)
  })
  return problems.each(mappings, (resource) => readEventSource(resource, functions, queues)).flat()
}

/** Only what reads a stream begins somewhere, by which it can be left out without the queues. */
function refuseStream({ path, type, properties }: Resource): void {
  const { StartingPosition } = asJsonObject(properties)
  if (typeof StartingPosition !== 'string') return
  throw new UnsupportedError([
    {
      path: `${path}/Properties/StartingPosition`,
      reason: 'of event sources, only queues are supported locally',
      type,
      ignore: `${type}.StartingPosition=${StartingPosition}`,
    },
  ])
}

/** Whether the developer goes on without what it reads, or without what it invokes. */
function isLeftOut({ properties }: Resource): boolean {
  const { EventSourceArn, FunctionName } = asJsonObject(properties)
  return [EventSourceArn, FunctionName].some(
    (name) => typeof name === 'string' && isPlaceholder(name),
  )
}

function readEventSource(
  resource: Resource,
  functions: readonly FunctionDefinition[],
  queues: readonly QueueDefinition[],
): EventSourceDefinition[] {
  refuseStream(resource)
  const properties = readProperties(resource, mappingSchema)
  const { FunctionName, EventSourceArn, BatchSize, MaximumBatchingWindowInSeconds } = properties
  const queue = queues.find(({ queueArn }) => queueArn === EventSourceArn)
  if (!queue) {
    const path = `${resource.path}/Properties/EventSourceArn`
    const reason = `only a queue of this template is supported locally, not ${EventSourceArn}`
    throw new UnsupportedError(path, reason)
  }
  // It may name the function by its ARN or by an end of it, down to the name alone.
  const target = functions.find(({ functionArn }) => `:${functionArn}`.endsWith(`:${FunctionName}`))
  if (!target) {
    const path = `${resource.path}/Properties/FunctionName`
    throw new UnsupportedError(path, `the function ${FunctionName} is not in this template`)
  }
  checkDeployment(resource, properties, queue, target)
  if (!properties.Enabled) return []
  return [
    {
      logicalId: resource.logicalId,
      functionArn: target.functionArn,
      queueArn: queue.queueArn,
      batchSize: BatchSize,
      batchingWindowSeconds: MaximumBatchingWindowInSeconds,
      maximumConcurrency: properties.ScalingConfig.MaximumConcurrency,
      reportsBatchItemFailures: properties.FunctionResponseTypes.length > 0,
    },
  ]
}

/** @throws AssemblyError for what AWS refuses at deployment */
function checkDeployment(
  { logicalId }: Resource,
  { BatchSize, MaximumBatchingWindowInSeconds }: v.InferOutput<typeof mappingSchema>,
  { visibilityTimeoutSeconds }: QueueDefinition,
  { timeoutSeconds }: FunctionDefinition,
): void {
  if (BatchSize > MAX_BATCH_SIZE_WITHOUT_WINDOW && MaximumBatchingWindowInSeconds === 0) {
    throw new AssemblyError(
      `${logicalId}: a BatchSize over ${MAX_BATCH_SIZE_WITHOUT_WINDOW} needs a MaximumBatchingWindowInSeconds of at least 1`,
    )
  }
  if (visibilityTimeoutSeconds < timeoutSeconds) {
    throw new AssemblyError(
      `${logicalId}: the visibility timeout of the queue, ${visibilityTimeoutSeconds} seconds, is less than the timeout of the function, ${timeoutSeconds} seconds`,
    )
  }
}
