import type { ServiceCall } from '../access/service-door.ts'
import type { JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'

/** A call to SQS, with the queue that it concerns. */
export interface SqsCall extends ServiceCall {
  readonly operation: SqsOperation
  /** Undefined for a call about no queue, or one whose URL is none. */
  readonly queueArn: string | undefined
}

/** What is supported, by the action that IAM judges it by: a batch by that of its entries. */
const ACTIONS = {
  SendMessage: 'SendMessage',
  SendMessageBatch: 'SendMessage',
  ReceiveMessage: 'ReceiveMessage',
  DeleteMessage: 'DeleteMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibility: 'ChangeMessageVisibility',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  GetQueueUrl: 'GetQueueUrl',
  GetQueueAttributes: 'GetQueueAttributes',
  ListQueues: 'ListQueues',
  PurgeQueue: 'PurgeQueue',
} as const

export type SqsOperation = keyof typeof ACTIONS

const TARGET = /^AmazonSQS\.(\w+)$/

/**
 * @param target the X-Amz-Target header
 * @returns undefined when it is no call to SQS, or one that is not supported locally
 */
export function readCall(
  target: string | undefined,
  input: JsonObject,
  account: Account,
): SqsCall | undefined {
  const operation = TARGET.exec(target ?? '')?.[1]
  if (operation === undefined || !isSupported(operation)) return undefined
  const queueName = nameOf(operation, input, account)
  const queueArn = queueName === undefined ? undefined : account.arn('sqs', queueName)
  return {
    operation,
    action: `sqs:${ACTIONS[operation]}`,
    resources: [queueArn ?? '*'],
    queueArn,
  }
}

/** The queue of a URL, be it that on AWS or the one here: both end in account and name. */
function queueNameOf(queueUrl: string, { accountId }: Account): string | undefined {
  if (!URL.canParse(queueUrl)) return undefined
  const [, owner, queueName, ...more] = new URL(queueUrl).pathname.split('/')
  return owner === accountId && queueName !== '' && more.length === 0 ? queueName : undefined
}

function nameOf(operation: SqsOperation, input: JsonObject, account: Account): string | undefined {
  const { QueueName, QueueUrl } = input
  if (operation === 'GetQueueUrl') return typeof QueueName === 'string' ? QueueName : undefined
  return typeof QueueUrl === 'string' ? queueNameOf(QueueUrl, account) : undefined
}

function isSupported(operation: string): operation is SqsOperation {
  return Object.hasOwn(ACTIONS, operation)
}
