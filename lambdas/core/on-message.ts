import {
  MAX_MESSAGE_BYTES,
  type Ack,
  type Message,
  type SendMessage,
  type ServerMessage,
} from '../../protocol/messages.ts'
import { broadcast } from './broadcast.ts'
import type { DeliveryDeps, Tally } from './delivery.ts'
import { ProtocolError, replyTo, toErrorMessage } from './errors.ts'
import { decodeFrame, parseCommand, readId } from './schema.ts'

/** What answering a message needs from the outside. */
export interface MessageDeps extends DeliveryDeps {
  /** A new id for a message, unique for ever. */
  newMessageId(): string
}

/**
 * Does what a client's frame asks for.
 *
 * @param body the frame's text, as it came
 * @param from the sender's connectionId
 * @returns the one reply to the sender; it never rejects.
 */
export async function onMessage(
  body: string,
  from: string,
  deps: MessageDeps,
): Promise<ServerMessage> {
  let re: string | undefined
  try {
    const frame = decodeFrame(body)
    re = readId(frame)
    return await sendMessage(parseCommand(frame), from, deps)
  } catch (error) {
    if (!(error instanceof ProtocolError)) deps.report('message_failed', error)
    return toErrorMessage(error, re)
  }
}

async function sendMessage(command: SendMessage, from: string, deps: MessageDeps): Promise<Ack> {
  const { to, data, echo = true } = command
  const id = deps.newMessageId()
  const frame = encode({
    type: 'message',
    id,
    from,
    to: to === undefined ? 'everyone' : 'you',
    data,
  })
  const tally =
    to === undefined
      ? await broadcast(frame, echo ? undefined : from, deps)
      : await sendTo(to, frame, deps)
  return { type: 'ack', ...replyTo(command.id), id, ...tally }
}

async function sendTo(connectionId: string, frame: string, deps: MessageDeps): Promise<Tally> {
  const outcome = await deps.post(connectionId, frame)
  if (outcome === 'gone') {
    throw new ProtocolError('NOT_CONNECTED', `${connectionId} is not connected`)
  }
  return { sent: outcome === 'sent' ? 1 : 0, gone: 0, failed: outcome === 'sent' ? 0 : 1 }
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
