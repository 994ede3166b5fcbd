// Limits of Amazon SQS: "Amazon SQS message quotas", "Amazon SQS standard queue quotas" and the
// API reference of each operation.

/** Of a message's body and attributes together, and of all messages in a batch: 1 MiB. */
export const MAX_MESSAGE_BYTES = 1_048_576
export const MIN_MAXIMUM_MESSAGE_BYTES = 1_024

export const MAX_BATCH_ENTRIES = 10
export const MAX_RECEIVED_MESSAGES = 10
export const MAX_MESSAGE_ATTRIBUTES = 10
export const MAX_ATTRIBUTE_NAME_CHARACTERS = 256

/** What a standard queue gives out at most without having it deleted. */
export const MAX_IN_FLIGHT_MESSAGES = 120_000

export const MAX_DELAY_SECONDS = 15 * 60
export const MAX_WAIT_SECONDS = 20
/** Also in total, from when a message was received. */
export const MAX_VISIBILITY_TIMEOUT_SECONDS = 12 * 60 * 60
export const DEFAULT_VISIBILITY_TIMEOUT_SECONDS = 30

export const MIN_RETENTION_SECONDS = 60
export const MAX_RETENTION_SECONDS = 14 * 24 * 60 * 60
export const DEFAULT_RETENTION_SECONDS = 4 * 24 * 60 * 60

/** From "Using dead-letter queues": the highest count that a redrive policy may name. */
export const MAX_RECEIVE_COUNT = 1_000

/** The highest rate that a StartMessageMoveTask may name. */
export const MAX_MOVED_MESSAGES_PER_SECOND = 500
/** The most recent tasks of a queue, as ListMessageMoveTasks tells of them. */
export const MAX_LISTED_MOVE_TASKS = 10

/** After a PurgeQueue, the next one has to wait for so long. */
export const PURGE_SECONDS = 60

/** A queue's name, without the `.fifo` of a FIFO queue. */
export const QUEUE_NAME = /^[\w-]{1,80}$/
