import type { Clock } from '../clock.ts'
import type { JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'
import type { Trace } from '../trace.ts'
import {
  MAX_DELAY_SECONDS,
  MAX_MESSAGE_BYTES,
  MAX_RECEIVED_MESSAGES,
  MAX_VISIBILITY_TIMEOUT_SECONDS,
  MAX_WAIT_SECONDS,
  PURGE_SECONDS,
} from './limits.ts'
import { md5OfAttributes, md5OfBody, messageBytes } from './message.ts'
import { readMessage } from './message-input.ts'
import type { MessageMoveTask } from './message-move-task.ts'
import {
  cancelMessageMoveTask,
  listMessageMoveTasks,
  startMessageMoveTask,
} from './move-actions.ts'
import { queueAttributes } from './queue-attributes.ts'
import type { Queue } from './queue.ts'
import type { Queues } from './queues.ts'
import { deliveryOutput } from './delivery-output.ts'
import { SqsError } from './sqs-error.ts'
import {
  batchEntries,
  invalidValue,
  optionalInteger,
  optionalString,
  refuseFifo,
  requiredString,
  strings,
} from './sqs-input.ts'
import type { SqsAction, SqsCall, SqsOperation } from './sqs-operations.ts'

/** All that an action needs besides its input. */
export interface ActionContext {
  readonly call: SqsCall
  readonly account: Account
  readonly queues: Queues
  /** By the ARN of the queue that they empty, the most recent first. */
  readonly moveTasks: Map<string, readonly MessageMoveTask[]>
  readonly clock: Clock
  readonly trace: Trace
  /** The URL of a queue on this machine. */
  readonly urlOf: (queueName: string) => string
  /**
   * For what a call needs beside its own permission.
   *
   * @throws SqsError when the caller may not do it
   */
  readonly authorize: (action: SqsAction, queueArn: string) => void
  /** Who sends, by IAM's id. */
  readonly senderId: string
  /** By which a chain of functions is known: the SDK sends it from within a function. */
  readonly traceHeader: string | undefined
  /** The caller does not wait any more. */
  readonly signal: AbortSignal
  /** Whether a fault strikes an entry of a batch; asked once for each. */
  readonly failsEntry: () => boolean
}

type Action = (input: JsonObject, context: ActionContext) => object | Promise<object>

const ACTIONS: Readonly<Record<SqsOperation, Action>> = {
  ListQueues: listQueues,
  GetQueueUrl: getQueueUrl,
  SendMessage: onQueue(sendMessage),
  SendMessageBatch: onQueue(sendMessageBatch),
  ReceiveMessage: onQueue(receiveMessage),
  DeleteMessage: onQueue(deleteMessage),
  DeleteMessageBatch: onQueue((queue, input, context) =>
    batch(input, context, (entry) => deleteMessage(queue, entry)),
  ),
  ChangeMessageVisibility: onQueue(changeVisibility),
  ChangeMessageVisibilityBatch: onQueue((queue, input, context) =>
    batch(input, context, (entry) => changeVisibility(queue, entry)),
  ),
  GetQueueAttributes: onQueue((queue, input) => ({
    Attributes: queueAttributes(queue, strings(input, 'AttributeNames')),
  })),
  PurgeQueue: onQueue(purgeQueue),
  StartMessageMoveTask: startMessageMoveTask,
  ListMessageMoveTasks: listMessageMoveTasks,
  CancelMessageMoveTask: cancelMessageMoveTask,
}

/**
 * Carries a call out.
 *
 * @returns its output
 * @throws SqsError
 */
export function act(input: JsonObject, context: ActionContext): object | Promise<object> {
  return ACTIONS[context.call.operation](input, context)
}

/** An action on the queue of its QueueUrl. */
function onQueue(
  action: (queue: Queue, ...call: Parameters<Action>) => ReturnType<Action>,
): Action {
  return (input, context) => action(theQueue(input, context), input, context)
}

function theQueue(input: JsonObject, { call, queues }: ActionContext): Queue {
  const queueUrl = requiredString(input, 'QueueUrl')
  if (call.queueArn === undefined) {
    throw new SqsError('InvalidAddress', `The address ${queueUrl} is not valid for this endpoint.`)
  }
  return existing(queues.get(call.queueArn))
}

function existing(queue: Queue | undefined): Queue {
  if (queue) return queue
  throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.')
}

function listQueues(input: JsonObject, { queues, urlOf }: ActionContext): object {
  const prefix = optionalString(input, 'QueueNamePrefix') ?? ''
  // A stack does not have so many queues that they would need pages.
  const names = queues.all.map(({ definition }) => definition.queueName)
  const found = names.filter((queueName) => queueName.startsWith(prefix))
  return found.length > 0 ? { QueueUrls: found.map(urlOf) } : {}
}

function getQueueUrl(input: JsonObject, { call, account, queues, urlOf }: ActionContext): object {
  requiredString(input, 'QueueName')
  const owner = optionalString(input, 'QueueOwnerAWSAccountId') ?? account.accountId
  const isOurs = owner === account.accountId
  const queue = existing(isOurs ? queues.get(call.queueArn ?? '') : undefined)
  return { QueueUrl: urlOf(queue.definition.queueName) }
}

function sendMessage(queue: Queue, input: JsonObject, context: ActionContext): object {
  const { senderId, traceHeader } = context
  const delaySeconds = optionalInteger(input, 'DelaySeconds', 0, MAX_DELAY_SECONDS)
  const message = readMessage(input, senderId, queue.definition.maximumMessageBytes)
  const { attributes } = message
  return {
    MessageId: queue.send({ ...message, traceHeader }, delaySeconds),
    MD5OfMessageBody: md5OfBody(message.body),
    ...(attributes.size > 0 && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  }
}

function sendMessageBatch(queue: Queue, input: JsonObject, context: ActionContext): object {
  let totalBytes = 0
  for (const entry of batchEntries(input)) totalBytes += bytesOf(entry.input)
  if (totalBytes > MAX_MESSAGE_BYTES) {
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${totalBytes} bytes.`,
    )
  }
  return batch(input, context, (entry) => sendMessage(queue, entry, context))
}

/** Of an entry that may be wrong in some other way. */
function bytesOf(input: JsonObject): number {
  try {
    return messageBytes(readMessage(input, '', Infinity))
  } catch (error) {
    if (error instanceof SqsError) return 0
    throw error
  }
}

async function receiveMessage(
  queue: Queue,
  input: JsonObject,
  { signal }: ActionContext,
): Promise<object> {
  refuseFifo(input, 'ReceiveRequestAttemptId')
  const maxMessages = optionalInteger(input, 'MaxNumberOfMessages', 1, MAX_RECEIVED_MESSAGES) ?? 1
  const visibilityTimeoutSeconds = visibilityTimeout(input)
  const waitSeconds =
    optionalInteger(input, 'WaitTimeSeconds', 0, MAX_WAIT_SECONDS) ??
    queue.definition.receiveWaitSeconds
  const wanted = {
    system: [...strings(input, 'AttributeNames'), ...strings(input, 'MessageSystemAttributeNames')],
    message: strings(input, 'MessageAttributeNames'),
  }
  const options = { maxMessages, visibilityTimeoutSeconds }
  const deliveries = await queue.receiveWithin(waitSeconds, options, signal)
  if (deliveries === 'overLimit') {
    throw new SqsError('OverLimit', 'Too many messages in flight for the queue.')
  }
  if (deliveries.length === 0) return {}
  return { Messages: deliveries.map((delivery) => deliveryOutput(delivery, wanted)) }
}

function deleteMessage(queue: Queue, input: JsonObject): object {
  const receiptHandle = requiredString(input, 'ReceiptHandle')
  if (queue.delete(receiptHandle) === 'invalidHandle') throw invalidHandle(receiptHandle)
  return {}
}

function changeVisibility(queue: Queue, input: JsonObject): object {
  const receiptHandle = requiredString(input, 'ReceiptHandle')
  const timeoutSeconds = visibilityTimeout(input)
  if (timeoutSeconds === undefined) {
    const message = 'The request must contain the parameter VisibilityTimeout.'
    throw new SqsError('MissingRequiredParameterException', message)
  }
  switch (queue.changeVisibility(receiptHandle, timeoutSeconds)) {
    case 'changed':
      return {}
    case 'invalidHandle':
      throw invalidHandle(receiptHandle)
    case 'notInFlight': {
      // Not MessageNotInflight, whatever its name: AWS's own answer is this one.
      const reason = 'Message does not exist or is not available for visibility timeout change.'
      throw invalidValue(receiptHandle, 'ReceiptHandle', reason)
    }
    case 'tooLong': {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_TIMEOUT_SECONDS} seconds]`
      throw invalidValue(String(timeoutSeconds), 'VisibilityTimeout', reason)
    }
  }
}

function purgeQueue(queue: Queue): object {
  if (queue.purge() === 'purged') return {}
  const { queueName } = queue.definition
  throw new SqsError(
    'PurgeQueueInProgress',
    `Only one PurgeQueue operation on ${queueName} is allowed every ${PURGE_SECONDS} seconds.`,
  )
}

/** Carries out each entry by itself: what is wrong with one does not concern the others. */
function batch(
  input: JsonObject,
  { failsEntry }: ActionContext,
  perform: (entry: JsonObject) => object,
): object {
  const Successful: object[] = []
  const Failed: object[] = []
  for (const { id: Id, input: entry } of batchEntries(input)) {
    if (failsEntry()) {
      const Message = 'A fault of the local runtime'
      Failed.push({ Id, SenderFault: false, Code: 'InternalError', Message })
      continue
    }
    try {
      Successful.push({ Id, ...perform(entry) })
    } catch (error) {
      if (!(error instanceof SqsError)) throw error
      Failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message })
    }
  }
  return { Successful, Failed }
}

function visibilityTimeout(input: JsonObject): number | undefined {
  return optionalInteger(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_TIMEOUT_SECONDS)
}

function invalidHandle(receiptHandle: string): SqsError {
  const message = `The input receipt handle "${receiptHandle}" is not a valid receipt handle.`
  return new SqsError('ReceiptHandleIsInvalid', message)
}
