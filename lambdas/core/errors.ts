import type { ErrorCode, ErrorMessage } from '../../protocol/messages.ts'

/** A client's mistake, or a target that is not there: told to the sender, never logged. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ErrorCode

  /** `message` is for the client: what was wrong and what was expected. */
  constructor(code: ErrorCode, message: string) {
    super(message)
    this.code = code
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
  const { code, message } =
    error instanceof ProtocolError
      ? error
      : { code: 'INTERNAL' as const, message: 'something failed on our side; try again' }
  return { type: 'error', ...replyTo(id), code, message }
}
