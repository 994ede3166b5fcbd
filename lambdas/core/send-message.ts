import {
  MAX_MESSAGE_BYTES,
  type Ack,
  type DeliveredAck,
  type Message,
  type QueuedAck,
  type SendMessage,
} from '../../protocol/messages.ts'
import { count, type Queue } from './delivery.ts'
import { ProtocolError, replyTo } from './errors.ts'
import { writeJob } from './job.ts'
import { messageIdOf, type MessageIdDeps } from './message-id.ts'
import { pushAndPrune, type DeliveryDeps } from './push-and-prune.ts'
import { push } from './push.ts'
import type { Sender } from './sender.ts'

/** What sending a message needs from the outside. */
export interface SendMessageDeps extends DeliveryDeps, MessageIdDeps {
  readonly queue: Queue
  /** The most recipients that a message is pushed to before its sender is answered. */
  readonly inlineLimit: number
}

/** How an ack tells what became of a message. */
type Delivered = Pick<DeliveredAck, 'sent' | 'gone' | 'failed'>
type Delivery = Delivered | Pick<QueuedAck, 'queued'>

/**
 * Sends a message to everyone or to one.
 *
 * @param deadlineMs when the last push may begin, in milliseconds since 1970
 * @throws ProtocolError TOO_LARGE or NOT_CONNECTED
 */
export async function sendMessage(
  command: SendMessage,
  { connectionId: from, user }: Sender,
  deadlineMs: number,
  deps: SendMessageDeps,
): Promise<Ack> {
  const { to, data, echo = true } = command
  const id = messageIdOf({ id: command.id, user }, deps)
  const vouched = user === undefined ? {} : { user }
  const audience = to === undefined ? 'everyone' : 'you'
  const frame = encode({ type: 'message', id, from, ...vouched, to: audience, data })
  deps.measure(to === undefined ? { toEveryone: 1 } : { toOne: 1 })
  const delivery =
    to === undefined
      ? await sendToEveryone(frame, echo ? undefined : from, deadlineMs, deps)
      : await sendTo(to, frame, deadlineMs, deps)
  return { type: 'ack', ...replyTo(command.id), id, ...delivery }
}

async function sendToEveryone(
  frame: string,
  except: string | undefined,
  deadlineMs: number,
  deps: SendMessageDeps,
): Promise<Delivery> {
  const sinceMs = deps.now()
  // One item more than may be pushed to here: with that many, there is a next page.
  const page = await deps.connections.page(undefined, deps.inlineLimit + 1)
  if (page.next !== undefined || page.connectionIds.length > deps.inlineLimit) {
    await deps.queue.send([writeJob({ frame, audience: 'everyone', except, sinceMs })])
    deps.measure({ queued: 1 })
    return { queued: true }
  }
  const connectionIds = page.connectionIds.filter((connectionId) => connectionId !== except)
  const outcomes = await pushAndPrune({ frame, connectionIds, deadlineMs }, deps)
  deps.measure({ fanOutMs: deps.now() - sinceMs })
  const { sent, gone, throttled, unavailable, failed } = count(outcomes.values())
  return { sent, gone, failed: throttled + unavailable + failed }
}

async function sendTo(
  connectionId: string,
  frame: string,
  deadlineMs: number,
  deps: SendMessageDeps,
): Promise<Delivered> {
  const outcomes = await push({ frame, connectionIds: [connectionId], deadlineMs }, deps)
  deps.measure(count(outcomes.values()))
  if (outcomes.get(connectionId) === 'gone') {
    throw new ProtocolError('NOT_CONNECTED', `${connectionId} is not connected`)
  }
  const sent = outcomes.get(connectionId) === 'sent' ? 1 : 0
  return { sent, gone: 0, failed: 1 - sent }
}

function encode(message: Message): string {
  const frame = JSON.stringify(message)
  const bytes = Buffer.byteLength(frame)
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new ProtocolError(
      'TOO_LARGE',
      `data: the message would have ${bytes} bytes with its envelope, expected at most ${MAX_MESSAGE_BYTES}`,
    )
  }
  return frame
}
