import { MAX_MESSAGE_BYTES, type Message } from '../../protocol/messages.ts'
import { ProtocolError } from './errors.ts'

/**
 * The frame that recipients get.
 *
 * @throws ProtocolError TOO_LARGE
 */
export function encode(message: Message): string {
  const frame = JSON.stringify(message)
  const bytes = Buffer.byteLength(frame)
  if (bytes <= MAX_MESSAGE_BYTES) return frame
  throw new ProtocolError(
    'TOO_LARGE',
    `data: the message would have ${bytes} bytes with its envelope, expected at most ${MAX_MESSAGE_BYTES}`,
  )
}
