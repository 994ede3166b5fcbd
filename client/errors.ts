import type { ErrorCode } from '../protocol/messages.ts'

/**
 * Why a message could not be sent: a code of the protocol, or one of the client's own.
 *
 * - `TIMEOUT`: nobody said in time what became of it. It may have arrived.
 * - `QUEUE_FULL`: too many messages wait for their acks, or too many received ones for their reader.
 * - `CLOSED`: the client is closed. What was under way may have arrived.
 * - `GATEWAY`: API Gateway answered by itself; reported as an `error` event, never as a rejection.
 */
export type ClientErrorCode = ErrorCode | 'TIMEOUT' | 'QUEUE_FULL' | 'CLOSED' | 'GATEWAY'

/** What the client rejects with, but for a signal's own reason. */
export class SwitchboardError extends Error {
  // A literal: bundlers rename classes.
  override readonly name: string = 'SwitchboardError'
  readonly code: ClientErrorCode

  constructor(code: ClientErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** To be thrown by `getToken`: nobody is signed in. The client closes, and does not try again. */
export class AuthError extends Error {
  override readonly name = 'AuthError'
}
