import { principalIdOf } from '../access/principal-id.ts'
import {
  CONTENT_TYPE,
  JsonEndpoint,
  type JsonCall,
  type JsonService,
} from '../access/json-endpoint.ts'
import type { Answer, Refusal, ServiceDoor } from '../access/service-door.ts'
import type { Clock } from '../clock.ts'
import type { Account } from '../template/account.ts'
import type { Trace } from '../trace.ts'
import type { MessageMoveTask } from './message-move-task.ts'
import type { Queues } from './queues.ts'
import { act, type ActionContext } from './sqs-actions.ts'
import { errorAnswer, SqsError, toAnswer } from './sqs-error.ts'
import { readCall, type SqsCall } from './sqs-operations.ts'
import { billedRequests } from './billed-requests.ts'

export interface SqsEndpointProps {
  readonly account: Account
  readonly door: ServiceDoor
  readonly queues: Queues
  readonly clock: Clock
  readonly trace: Trace
}

/**
 * More than the JSON of a full batch has: 1 MiB of messages, of which every byte may take six
 * characters (`\u001f`), and their envelope.
 */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024

/** AWS's names for the errors that a fault asks for by their status alone. */
const FAULT_TYPES: ReadonlyMap<number, string> = new Map([
  [400, 'ThrottlingException'],
  [403, 'RequestThrottled'],
  [429, 'ThrottlingException'],
  [503, 'ServiceUnavailable'],
])

/** SQS, as the SDKs and the AWS CLI speak it: its JSON protocol. */
export function sqsEndpoint(props: SqsEndpointProps): JsonEndpoint<SqsCall> {
  const moveTasks = new Map<string, readonly MessageMoveTask[]>()
  const service: JsonService<SqsCall> = {
    name: 'sqs',
    faultsName: 'sqs',
    maxRequestBytes: MAX_REQUEST_BYTES,
    readCall: (target, input) => readCall(target, input, props.account),
    perform: (call) => perform(call, { ...props, moveTasks }, endpoint.url),
    refuse,
    fail: (error, message) =>
      error === 'InternalServerError'
        ? errorAnswer(500, 'InternalFailure', 'InternalFailure', message)
        : toAnswer(new SqsError(error, message)),
  }
  const endpoint = new JsonEndpoint(service, props.door)
  return endpoint
}

async function perform(
  { call, input, body, headers, caller, fault, signal }: JsonCall<SqsCall>,
  props: SqsEndpointProps & Pick<ActionContext, 'moveTasks'>,
  url: string,
): Promise<Answer> {
  try {
    const output = await act(input, {
      ...props,
      call,
      urlOf: (queueName) => `${url}/${props.account.accountId}/${queueName}`,
      authorize: (action, queueArn) => {
        const message = props.door.refusal(caller, `sqs:${action}`, queueArn)
        if (message !== undefined) throw new SqsError('AccessDeniedException', message)
      },
      traceHeader: headers['x-amzn-trace-id']?.toString(),
      senderId: principalIdOf(caller.arn),
      signal,
      failsEntry: () => fault?.failsEntry() ?? false,
    })
    const answer = JSON.stringify(output)
    props.trace.record({
      kind: 'consumed',
      principalArn: caller.arn,
      action: call.action,
      resource: call.resources[0] ?? '*',
      unit: 'request',
      units: billedRequests(Math.max(body.length, Buffer.byteLength(answer))),
    })
    return { status: 200, headers: CONTENT_TYPE, body: answer }
  } catch (error) {
    if (error instanceof SqsError) return toAnswer(error)
    throw error
  }
}

function refuse(why: Refusal): Answer {
  switch (why.reason) {
    case 'authentication':
      return errorAnswer(403, why.type, why.type, why.message)
    case 'permission':
      return toAnswer(new SqsError('AccessDeniedException', why.message))
    case 'fault': {
      const type = why.type ?? FAULT_TYPES.get(why.status) ?? 'InternalFailure'
      return errorAnswer(why.status, type, type, 'A fault of the local runtime')
    }
  }
}
