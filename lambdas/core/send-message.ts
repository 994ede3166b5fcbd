import type {
  Ack,
  DeliveredAck,
  Message,
  QueuedAck,
  SendMessage,
  UserTarget,
} from '../../protocol/messages.ts'
import { pageOf, type Audience, type Groups } from './audience.ts'
import { count } from './delivery.ts'
import { ProtocolError, replyTo } from './errors.ts'
import { writeJob } from './job.ts'
import { assertMaySendToUser, assertMayUseRoom, type PermissionRules } from './permission.ts'
import type { Measures } from './measures.ts'
import { encode } from './message.ts'
import { messageIdOf, type MessageIdDeps } from './message-id.ts'
import { pushAndPrune, type DeliveryDeps } from './push-and-prune.ts'
import { push } from './push.ts'
import { unknownAction, type Command } from './schema.ts'
import type { Sender } from './sender.ts'

/** What sending a message needs from the outside. */
export interface SendMessageDeps extends DeliveryDeps, MessageIdDeps, PermissionRules {
  readonly groups: Groups
  /** The most recipients that a message is pushed to before its sender is answered. */
  readonly inlineLimit: number
}

/** How an ack tells what became of a message. */
type Delivered = Pick<DeliveredAck, 'sent' | 'gone' | 'failed'>
type Delivery = Delivered | Pick<QueuedAck, 'queued'>

/** Does a command that is a message to be sent: see {@link sendMessage}. */
export async function carryOutSend(
  command: Command,
  sender: Sender,
  deadlineMs: number,
  deps: SendMessageDeps,
): Promise<Ack> {
  if (command.action !== 'sendmessage') throw unknownAction(command.action)
  return sendMessage(command, sender, deadlineMs, deps)
}

/** What `to` may be; undefined: everyone. */
type Target = SendMessage['to']

/** A message on its way. */
interface Sending {
  readonly frame: string
  /** A connectionId that is left out. */
  readonly except: string | undefined
  /** When the last push may begin, in milliseconds since 1970. */
  readonly deadlineMs: number
}

/**
 * Sends a message to everyone, to a room, to a user or to one connection.
 *
 * @param deadlineMs when the last push may begin, in milliseconds since 1970
 * @throws ProtocolError TOO_LARGE, NOT_CONNECTED or FORBIDDEN
 */
export async function sendMessage(
  command: SendMessage,
  sender: Sender,
  deadlineMs: number,
  deps: SendMessageDeps,
): Promise<Ack> {
  const { to, data, echo = true } = command
  const { connectionId: from, user } = sender
  assertMaySend(to, sender, deps)
  const id = messageIdOf({ id: command.id, user }, deps)
  const vouched = user === undefined ? {} : { user }
  const frame = encode({ type: 'message', id, from, ...vouched, to: shown(to), data })
  deps.measure(measureOf(to))
  const sending = { frame, except: echo ? undefined : from, deadlineMs }
  const delivery = await send(to, sending, deps)
  if (isUser(to) && to.user !== user && isNobody(delivery)) {
    throw new ProtocolError('NOT_CONNECTED', `${to.user} is not connected`)
  }
  return { type: 'ack', ...replyTo(command.id), id, ...delivery }
}

function assertMaySend(to: Target, sender: Sender, deps: SendMessageDeps): void {
  if (typeof to !== 'object') return
  if ('room' in to) assertMayUseRoom(to.room, sender, deps)
  else assertMaySendToUser(to.user, sender, deps)
}

/** Whom recipients see it is for. */
function shown(to: Target): Message['to'] {
  if (to === undefined) return 'everyone'
  return typeof to === 'object' && 'room' in to ? to : 'you'
}

function measureOf(to: Target): Measures {
  if (to === undefined) return { toEveryone: 1 }
  if (typeof to === 'string') return { toOne: 1 }
  return 'room' in to ? { toRoom: 1 } : { toUser: 1 }
}

async function send(to: Target, sending: Sending, deps: SendMessageDeps): Promise<Delivery> {
  if (to === undefined) return sendToAudience('everyone', sending, deps)
  if (typeof to === 'string') return sendTo(to, sending, deps)
  return sendToAudience({ group: deps.groups.of(to) }, sending, deps)
}

function isUser(to: Target): to is UserTarget {
  return typeof to === 'object' && 'user' in to
}

function isNobody(delivery: Delivery): boolean {
  return 'sent' in delivery && delivery.sent + delivery.failed === 0
}

async function sendToAudience(
  audience: Audience,
  { frame, except, deadlineMs }: Sending,
  deps: SendMessageDeps,
): Promise<Delivery> {
  const sinceMs = deps.now()
  // One item more than may be pushed to here: with that many, there is a next page.
  const page = await pageOf(audience, deps, undefined, deps.inlineLimit + 1)
  if (page.next !== undefined || page.connectionIds.length > deps.inlineLimit) {
    await deps.queue.send([writeJob({ frame, audience, except, sinceMs })])
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
  { frame, deadlineMs }: Sending,
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
