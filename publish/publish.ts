import { randomUUID } from 'node:crypto'
import { SendMessageCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs'
import { ProtocolError } from '../lambdas/core/errors.ts'
import { toSqsText } from '../lambdas/core/job.ts'
import { parsePublication } from '../lambdas/core/publication.ts'
import type { RoomTarget, UserTarget } from '../protocol/messages.ts'

/** A message from your backend, such as `{ to: { room: 'lobby' }, data: { text: 'hi' } }`. */
export interface Publication<Data = unknown> {
  /**
   * `'everyone'`, the members of `{ room: 'lobby' }`, all connections of `{ user: 'alice' }`, or one
   * connection by its id.
   */
  readonly to: string | RoomTarget | UserTarget
  /** What recipients get, as JSON.stringify writes it. */
  readonly data: Data
  /**
   * The message's, 1 to 64 characters. Give a UUID of your own to publish the same once more when you
   * do not know whether it went out: recipients show the two as one.
   *
   * @default - a new UUID
   */
  readonly id?: string | undefined
}

export interface PublishOptions {
  /**
   * The delivery queue.
   *
   * @default - $SWITCHBOARD_QUEUE_URL, which `switchboard.grantPublish(fn)` sets
   */
  readonly queueUrl?: string | undefined
  /**
   * Sends it; with your own timeouts, retries or credentials.
   *
   * @default - one for each queue, made when it is used first, in the region that the queue's URL names
   */
  readonly client?: Pick<SQSClient, 'send'> | undefined
}

export type PublishErrorCode =
  /** A field is missing, unknown or of the wrong kind. */
  | 'BAD_MESSAGE'
  /** The message, with its envelope, would pass 128 KB. */
  | 'TOO_LARGE'
  /** Nobody says which queue, or what is said is no URL. */
  | 'NO_QUEUE'

/** Nothing was published. `message` says what was wrong, and what was expected. */
export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code: PublishErrorCode

  constructor(code: PublishErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** By which a construct tells a function where the queue is. */
const QUEUE_VARIABLE = 'SWITCHBOARD_QUEUE_URL'

/**
 * Publishes a message to clients that are connected now. It resolves when the message is in the delivery
 * queue; who is online gets it a moment later, at least once.
 *
 * @example await publish({ to: { room: 'lobby' }, data: { text: 'hi' } })
 * @returns the message's id
 * @throws PublishError when it is none that could be delivered; and what the AWS SDK throws, such as for
 * a missing `sqs:SendMessage`, after its own retries
 */
export async function publish<Data>(
  publication: Publication<Data>,
  { queueUrl = process.env[QUEUE_VARIABLE], client }: PublishOptions = {},
): Promise<{ readonly id: string }> {
  if (queueUrl === undefined || !URL.canParse(queueUrl)) {
    const received = queueUrl === undefined ? 'nothing' : JSON.stringify(queueUrl)
    const expected = `the delivery queue's URL as queueUrl or in the variable ${QUEUE_VARIABLE}`
    throw new PublishError('NO_QUEUE', `expected ${expected}, received ${received}`)
  }
  const id = publication.id ?? randomUUID()
  const MessageBody = toSqsText(check({ ...publication, id }))
  const sender = client ?? clientOf(queueUrl)
  await sender.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }))
  return { id }
}

/** What arrives of it, which has to be what the queue's worker takes. */
function check(publication: Publication): object {
  try {
    return parsePublication(JSON.parse(JSON.stringify(publication)))
  } catch (error) {
    const isTooLarge = error instanceof ProtocolError && error.code === 'TOO_LARGE'
    const message = error instanceof Error ? error.message : String(error)
    throw new PublishError(isTooLarge ? 'TOO_LARGE' : 'BAD_MESSAGE', message)
  }
}

const clients = new Map<string, SQSClient>()

function clientOf(queueUrl: string): SQSClient {
  const client = clients.get(queueUrl) ?? new SQSClient(placeOf(queueUrl))
  clients.set(queueUrl, client)
  return client
}

/** A request is signed for the region that it goes to; a URL that names none goes to the program's own. */
function placeOf(queueUrl: string): Pick<SQSClientConfig, 'endpoint' | 'region'> {
  const { origin, hostname } = new URL(queueUrl)
  const region = /(?:^|\.)sqs\.([a-z0-9-]+)\..*amazonaws\.com/.exec(hostname)?.[1]
  return { endpoint: origin, ...(region !== undefined && { region }) }
}
