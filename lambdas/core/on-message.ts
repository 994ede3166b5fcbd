import type { ServerMessage } from '../../protocol/messages.ts'
import { refusalOf, type RefusalDeps, type Refusal } from './refusal.ts'
import { ProtocolError, toErrorMessage } from './errors.ts'
import type { Outcome } from './delivery.ts'
import { decodeFrame, parseCommand, readId, type Command } from './schema.ts'
import type { Sender } from './sender.ts'

/** What answering a frame needs from the outside. */
export interface MessageDeps extends RefusalDeps {
  /**
   * Does what a client asks for.
   *
   * @param deadlineMs when the last push may begin, in milliseconds since 1970
   * @returns the reply
   * @throws ProtocolError when it is not possible, for a reason to be told
   */
  carryOut(command: Command, sender: Sender, deadlineMs: number): Promise<ServerMessage>
  /** Never rejects: a failure is an outcome. */
  post(connectionId: string, frame: string): Promise<Outcome>
  /** Notes a failure in the log, without a word of what a client sent. */
  report(event: string, error: unknown): void
  /** Closes a connection. It never rejects. */
  disconnect(connectionId: string): Promise<void>
}

/**
 * Does what a client's frame asks for.
 *
 * @param body the frame's text, as it came
 * @param deadlineMs when the last push may begin, in milliseconds since 1970
 * @returns the one reply to the sender; undefined when it has had it, and is disconnected. It never
 * rejects.
 */
export async function onMessage(
  body: string,
  sender: Sender,
  deadlineMs: number,
  deps: MessageDeps,
): Promise<ServerMessage | undefined> {
  let re: string | undefined
  try {
    const frame = readFrame(body)
    if (!(frame instanceof ProtocolError)) re = readId(frame)
    const refusal = await refusalOf(sender, deps)
    if (refusal) return await refuse(refusal, sender, re, deps)
    if (frame instanceof ProtocolError) throw frame
    return await deps.carryOut(parseCommand(frame), sender, deadlineMs)
  } catch (error) {
    note(error, deps)
    return toErrorMessage(error, re)
  }
}

/** Whether its frame may come in or not, a client has its `id` back: so this comes first. */
function readFrame(body: string): Record<string, unknown> | ProtocolError {
  try {
    return decodeFrame(body)
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

function note(error: unknown, deps: MessageDeps): void {
  if (!(error instanceof ProtocolError)) {
    deps.report('message_failed', error)
    deps.measure({ internalErrors: 1 })
  } else if (error.code !== 'NOT_CONNECTED') {
    deps.measure({ badFrames: 1 })
  }
}

/** Who has to go hears why before: the reply of a route comes after its function, and too late. */
async function refuse(
  { error, closes }: Refusal,
  { connectionId }: Sender,
  re: string | undefined,
  deps: MessageDeps,
): Promise<ServerMessage | undefined> {
  const reply = toErrorMessage(error, re)
  if (!closes) return reply
  // Of those that were on their way together, one closes it, and the others find it gone.
  if ((await deps.post(connectionId, JSON.stringify(reply))) === 'gone') return undefined
  await deps.disconnect(connectionId)
  deps.measure({ closedByUs: 1 })
  return undefined
}
