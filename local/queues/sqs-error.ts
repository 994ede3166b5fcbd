import { CONTENT_TYPE } from '../access/json-endpoint.ts'
import type { Answer } from '../access/service-door.ts'

/**
 * The names of SQS's errors: the one in the body, the one that the query protocol had before, by
 * which some SDKs know it still, and the status. From the service's API model.
 */
const ERRORS = {
  AccessDeniedException: ['AccessDeniedException', 400],
  BatchEntryIdsNotDistinct: ['AWS.SimpleQueueService.BatchEntryIdsNotDistinct', 400],
  BatchRequestTooLong: ['AWS.SimpleQueueService.BatchRequestTooLong', 400],
  EmptyBatchRequest: ['AWS.SimpleQueueService.EmptyBatchRequest', 400],
  InvalidAddress: ['InvalidAddress', 404],
  InvalidAttributeName: ['InvalidAttributeName', 400],
  InvalidBatchEntryId: ['AWS.SimpleQueueService.InvalidBatchEntryId', 400],
  InvalidMessageContents: ['InvalidMessageContents', 400],
  InvalidParameterValueException: ['InvalidParameterValue', 400],
  MissingRequiredParameterException: ['MissingParameter', 400],
  OverLimit: ['OverLimit', 403],
  PurgeQueueInProgress: ['AWS.SimpleQueueService.PurgeQueueInProgress', 403],
  QueueDoesNotExist: ['AWS.SimpleQueueService.NonExistentQueue', 400],
  ReceiptHandleIsInvalid: ['ReceiptHandleIsInvalid', 404],
  ResourceNotFoundException: ['ResourceNotFoundException', 404],
  SerializationException: ['SerializationException', 400],
  TooManyEntriesInBatchRequest: ['AWS.SimpleQueueService.TooManyEntriesInBatchRequest', 400],
  UnknownOperationException: ['InvalidAction', 400],
  UnsupportedOperation: ['AWS.SimpleQueueService.UnsupportedOperation', 400],
} as const satisfies Readonly<Record<string, readonly [string, number]>>

export type SqsErrorType = keyof typeof ERRORS

/** What is wrong with a call, or with one entry of a batch: one place turns it into an answer. */
export class SqsError extends Error {
  override readonly name = 'SqsError'
  readonly type: SqsErrorType

  constructor(type: SqsErrorType, message: string) {
    super(message)
    this.type = type
  }

  /** As the query protocol calls it, and an entry of a batch that failed. */
  get code(): string {
    return ERRORS[this.type][0]
  }

  get status(): number {
    return ERRORS[this.type][1]
  }
}

export function toAnswer(error: SqsError): Answer {
  return errorAnswer(error.status, error.type, error.code, error.message)
}

/** @param code the type as the query protocol calls it */
export function errorAnswer(status: number, type: string, code: string, message: string): Answer {
  const side = status < 500 ? 'Sender' : 'Receiver'
  return {
    status,
    headers: { ...CONTENT_TYPE, 'x-amzn-query-error': `${code};${side}` },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${type}`, message }),
  }
}
