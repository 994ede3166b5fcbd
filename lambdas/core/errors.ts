import type { ErrorCode, ErrorMessage } from '../../protocol/messages.ts'

/** A client's mistake, or a target that is not there: told to the sender, never logged. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ErrorCode
  /** How long the client should be silent. */
  readonly retryAfterMs: number | undefined

  /** `message` is for the client: what was wrong and what was expected. */
  constructor(code: ErrorCode, message: string, retryAfterMs?: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** The field that ties a reply to the client's frame, if that had an id. */
export function replyTo(id: string | undefined): { readonly re?: string } {
  return id === undefined ? {} : { re: id }
}

/**
 * The frame for any error. What is not a {@link ProtocolError} becomes INTERNAL, with nothing of
 * its text.
 *
 * @param id the id of the client's frame, if it had one
 */
export function toErrorMessage(error: unknown, id: string | undefined): ErrorMessage {
  if (!(error instanceof ProtocolError)) {
    const message = 'something failed on our side; try again'
    return { type: 'error', ...replyTo(id), code: 'INTERNAL', message }
  }
  const { code, message, retryAfterMs } = error
  const pause = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { type: 'error', ...replyTo(id), code, message, ...pause }
}
