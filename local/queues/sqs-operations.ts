import type { ServiceCall } from '../access/service-door.ts'
import { parseJsonObject, type JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'

/** A call to SQS, with the queue that it concerns. */
export interface SqsCall extends ServiceCall {
  readonly operation: SqsOperation
  /** Undefined for a call about no queue, or one whose URL or task handle is none. */
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
  StartMessageMoveTask: 'StartMessageMoveTask',
  ListMessageMoveTasks: 'ListMessageMoveTasks',
  CancelMessageMoveTask: 'CancelMessageMoveTask',
} as const

export type SqsOperation = keyof typeof ACTIONS
export type SqsAction = (typeof ACTIONS)[SqsOperation]

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
  const queueArn = arnOf(operation, input, account)
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

function arnOf(operation: SqsOperation, input: JsonObject, account: Account): string | undefined {
  if (operation === 'StartMessageMoveTask' || operation === 'ListMessageMoveTasks') {
    return text(input, 'SourceArn')
  }
  if (operation === 'CancelMessageMoveTask') return sourceArnOf(text(input, 'TaskHandle') ?? '')
  const queueName =
    operation === 'GetQueueUrl'
      ? text(input, 'QueueName')
      : queueNameOf(text(input, 'QueueUrl') ?? '', account)
  return queueName === undefined ? undefined : account.arn('sqs', queueName)
}

/** The queue that a task of this handle empties. */
function sourceArnOf(taskHandle: string): string | undefined {
  const task = parseJsonObject(Buffer.from(taskHandle, 'base64').toString('utf8'))
  return task && text(task, 'sourceArn')
}

function text(input: JsonObject, name: string): string | undefined {
  const value = input[name]
  return typeof value === 'string' ? value : undefined
}

function isSupported(operation: string): operation is SqsOperation {
  return Object.hasOwn(ACTIONS, operation)
}
