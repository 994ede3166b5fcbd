import type { JsonObject } from '../json.ts'
import { MAX_LISTED_MOVE_TASKS, MAX_MOVED_MESSAGES_PER_SECOND } from './limits.ts'
import { MessageMoveTask } from './message-move-task.ts'
import type { Queue } from './queue.ts'
import type { ActionContext } from './sqs-actions.ts'
import { SqsError } from './sqs-error.ts'
import { optionalInteger, optionalString, requiredString } from './sqs-input.ts'

/**
 * From "Troubleshoot dead-letter queue redrive": what a caller needs on the dead-letter queue beside
 * the permission of the action itself, and `SendMessage` on the queues that messages may go to.
 */
const TO_MOVE = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'] as const

export function startMessageMoveTask(input: JsonObject, context: ActionContext): object {
  const { queues, moveTasks, clock, trace } = context
  const sourceArn = requiredString(input, 'SourceArn')
  const destinationArn = optionalString(input, 'DestinationArn')
  const messagesPerSecond = optionalInteger(
    input,
    'MaxNumberOfMessagesPerSecond',
    1,
    MAX_MOVED_MESSAGES_PER_SECOND,
  )
  const source = queueOf('SourceArn', sourceArn, context)
  const origins = queues.all.filter(
    ({ definition }) => definition.redrive?.deadLetterQueueArn === sourceArn,
  )
  if (origins.length === 0) throw wrong('Source queue must be configured as a Dead Letter Queue.')
  if (destinationArn === sourceArn) {
    throw wrong('Source queue arn and destination queue arn cannot be the same.')
  }
  const destination =
    destinationArn === undefined ? undefined : queueOf('DestinationArn', destinationArn, context)
  for (const action of TO_MOVE) context.authorize(action, sourceArn)
  for (const { definition } of destination ? [destination] : origins) {
    context.authorize('SendMessage', definition.queueArn)
  }
  const tasks = moveTasks.get(sourceArn) ?? []
  if (tasks.some(({ status }) => status === 'RUNNING')) {
    throw new SqsError(
      'UnsupportedOperation',
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    )
  }
  const task = new MessageMoveTask({
    source,
    destination,
    messagesPerSecond,
    queueOf: (arn) => queues.get(arn),
    clock,
    trace,
  })
  moveTasks.set(sourceArn, [task, ...tasks].slice(0, MAX_LISTED_MOVE_TASKS))
  return { TaskHandle: task.handle }
}

export function listMessageMoveTasks(input: JsonObject, context: ActionContext): object {
  const sourceArn = requiredString(input, 'SourceArn')
  const maxResults = optionalInteger(input, 'MaxResults', 1, MAX_LISTED_MOVE_TASKS) ?? 1
  queueOf('SourceArn', sourceArn, context)
  context.authorize('GetQueueAttributes', sourceArn)
  const tasks = context.moveTasks.get(sourceArn) ?? []
  return { Results: tasks.slice(0, maxResults).map(taskOutput) }
}

export function cancelMessageMoveTask(input: JsonObject, context: ActionContext): object {
  const handle = requiredString(input, 'TaskHandle')
  const { queueArn: sourceArn } = context.call
  if (sourceArn === undefined) throw wrong('Value for parameter TaskHandle is invalid.')
  for (const action of TO_MOVE) context.authorize(action, sourceArn)
  const task = context.moveTasks.get(sourceArn)?.find((candidate) => candidate.handle === handle)
  if (!task) throw new SqsError('ResourceNotFoundException', 'Task does not exist.')
  if (task.status !== 'RUNNING') {
    throw new SqsError('UnsupportedOperation', 'Only active tasks can be cancelled.')
  }
  task.cancel()
  return { ApproximateNumberOfMessagesMoved: task.moved }
}

function taskOutput(task: MessageMoveTask): object {
  const { props, status, failureReason, moved, toMove, startedMs } = task
  const { source, destination, messagesPerSecond } = props
  return {
    ...(status === 'RUNNING' && { TaskHandle: task.handle }),
    Status: status,
    SourceArn: source.definition.queueArn,
    ...(destination && { DestinationArn: destination.definition.queueArn }),
    ...(messagesPerSecond !== undefined && { MaxNumberOfMessagesPerSecond: messagesPerSecond }),
    ApproximateNumberOfMessagesMoved: moved,
    ApproximateNumberOfMessagesToMove: toMove,
    ...(failureReason !== undefined && { FailureReason: failureReason }),
    StartedTimestamp: Math.floor(startedMs),
  }
}

/** The queue of a parameter. */
function queueOf(parameter: string, arn: string, { queues }: ActionContext): Queue {
  if (!/^arn:[^:]+:sqs:[^:]+:[^:]+:[^:]+$/.test(arn)) {
    throw wrong(
      `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
    )
  }
  const queue = queues.get(arn)
  if (queue) return queue
  throw new SqsError(
    'ResourceNotFoundException',
    `The resource that you specified for the ${parameter} parameter doesn't exist.`,
  )
}

function wrong(message: string): SqsError {
  return new SqsError('InvalidParameterValueException', message)
}
