import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { send, type Answer, type Refusal, type ServiceDoor } from '../access/service-door.ts'
import { closeServer, listen, LOOPBACK, readBody } from '../http.ts'
import { parseJsonObject, type JsonObject } from '../json.ts'
import type { Account } from '../template/account.ts'
import type { Queues } from './queues.ts'
import { act, type ActionContext } from './sqs-actions.ts'
import { CONTENT_TYPE, errorAnswer, SqsError, toAnswer } from './sqs-error.ts'
import { readCall } from './sqs-operations.ts'

export interface SqsEndpointProps {
  readonly account: Account
  readonly door: ServiceDoor
  readonly queues: Queues
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
export class SqsEndpoint {
  readonly #props: SqsEndpointProps
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response)
  })
  url = ''

  constructor(props: SqsEndpointProps) {
    this.#props = props
  }

  async start(): Promise<void> {
    this.url = `http://${LOOPBACK}:${await listen(this.#server, 0)}`
  }

  close(): Promise<void> {
    return closeServer(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request, MAX_REQUEST_BYTES)
      await this.#answer(request, response, body)
    } catch (error) {
      // Nobody is told when the caller has dropped the line.
      if (response.destroyed) return
      send(response, errorAnswer(500, 'InternalFailure', 'InternalFailure', String(error)))
    }
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> | void {
    const { account, door } = this.#props
    const target = request.headers['x-amz-target']?.toString()
    const input = parseJsonObject(body.toString('utf8'))
    if (!input) return refuseCall(response, 'SerializationException', 'no JSON object')
    const call = readCall(target, input, account)
    if (!call) {
      const message = `${target ?? 'a call without X-Amz-Target'} is not supported locally`
      return refuseCall(response, 'UnknownOperationException', message)
    }
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    return door.serve(request, response, body, {
      name: 'sqs',
      faultsName: 'sqs',
      call,
      perform: (fault, caller) =>
        perform(input, {
          ...this.#props,
          call,
          urlOf: (queueName) => `${this.url}/${account.accountId}/${queueName}`,
          senderId: senderIdOf(caller.arn),
          signal: gone.signal,
          failsEntry: () => fault?.failsEntry() ?? false,
        }),
      refuse,
    })
  }
}

async function perform(input: JsonObject, context: ActionContext): Promise<Answer> {
  try {
    const output = await act(input, context)
    return { status: 200, headers: CONTENT_TYPE, body: JSON.stringify(output) }
  } catch (error) {
    if (error instanceof SqsError) return toAnswer(error)
    throw error
  }
}

function refuseCall(
  response: ServerResponse,
  type: 'SerializationException' | 'UnknownOperationException',
  message: string,
): void {
  send(response, toAnswer(new SqsError(type, message)))
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

/** IAM's id for who calls: of a role and its session, or of a user. */
function senderIdOf(arn: string): string {
  const [kind, name = '', sessionName] = (arn.split(':').at(-1) ?? '').split('/')
  const id = createHash('sha256').update(name).digest('hex').slice(0, 17).toUpperCase()
  return kind === 'user' ? `AIDA${id}` : `AROA${id}:${sessionName ?? ''}`
}
