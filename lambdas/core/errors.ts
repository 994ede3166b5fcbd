import type { ErrorCode, ErrorMessage } from '../../protocol/messages.ts'

/** How long the client should be silent, or what it has no leave for. */
export type ErrorDetails = Pick<ErrorMessage, 'retryAfterMs' | 'room' | 'user'>

/** A client's mistake, or a target that is not there: told to the sender, never logged. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ErrorCode
  /** For programs. */
  readonly details: ErrorDetails

  /** `message` is for the client: what was wrong and what was expected. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message)
    this.code = code
    this.details = details
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
  const { code, message, details } = error
  return { type: 'error', ...replyTo(id), code, message, ...details }
}
