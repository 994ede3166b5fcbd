/**
 * The wire protocol, version 1: what travels between a client and Switchboard, one JSON object in
 * each text frame. docs/PROTOCOL.md tells it in prose. This folder imports nothing, so that a client
 * can use it as it is.
 */

/** Any value that JSON can carry. */
export type Json =
  null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Sent by a client: answered with {@link Pong} by API Gateway itself, without a Lambda. */
export interface Ping {
  readonly action: 'ping'
}

/** Sent by a client: `data` to every connection, or to the one that `to` names. */
export interface SendMessage {
  readonly action: 'sendmessage'
  /**
   * Chosen by the client, 1 to {@link MAX_ID_LENGTH} characters; the reply carries it back as `re`.
   * A UUID makes it safe to send the message again: {@link Message.id} is derived from it.
   */
  readonly id?: string
  /** A connectionId. Absent: everyone. */
  readonly to?: string
  /** `false` leaves the sender out. Default `true`. */
  readonly echo?: boolean
  readonly data: Json
}

export type ClientMessage = Ping | SendMessage

/** Pushed to a recipient. */
export interface Message {
  readonly type: 'message'
  /** Unique, and the same whenever the message comes again: drop the second. */
  readonly id: string
  /** The sender's connectionId. */
  readonly from: string
  /** Who the sender is, vouched for by the server; absent where nobody has to say who they are. */
  readonly user?: string
  readonly to: 'everyone' | 'you'
  readonly data: Json
}

/** What became of a message, told to its sender. */
export type Ack = DeliveredAck | QueuedAck

interface AnyAck {
  readonly type: 'ack'
  readonly re?: string
  /** The id of the {@link Message} that was pushed. */
  readonly id: string
}

/**
 * The delivery has ended. `sent` means that API Gateway accepted the message: a peer whose line has
 * just died may still be counted.
 */
export interface DeliveredAck extends AnyAck {
  /** Recipients for whom API Gateway accepted the message. */
  readonly sent: number
  /** Recipients that were still listed but had left. */
  readonly gone: number
  /** Recipients that may not have got it, although they may be online. */
  readonly failed: number
}

/** There are many recipients: the delivery goes on behind a queue, and nothing more is told of it. */
export interface QueuedAck extends AnyAck {
  readonly queued: true
}

export interface Pong {
  readonly type: 'pong'
  /** The caller's own connectionId. */
  readonly connectionId: string
}

/** Why a message was not accepted. The connection stays open, but where its code says otherwise. */
export interface ErrorMessage {
  readonly type: 'error'
  readonly re?: string
  readonly code: ErrorCode
  /** For people: what was wrong and what was expected. */
  readonly message: string
  /** With RATE_LIMITED: how long to send nothing. Absent when the connection is closed for it. */
  readonly retryAfterMs?: number
}

export type ServerMessage = Message | Ack | Pong | ErrorMessage

export type ErrorCode =
  /** Not JSON, or a field is missing, unknown or of the wrong kind: `message` names it. */
  | 'BAD_MESSAGE'
  /** `action` names nothing that Switchboard does. */
  | 'UNKNOWN_ACTION'
  /** The frame to be pushed would pass {@link MAX_MESSAGE_BYTES}. */
  | 'TOO_LARGE'
  /** The target of a private message is not online. */
  | 'NOT_CONNECTED'
  /**
   * More frames than a connection may send. Who goes on is disconnected.
   */
  | 'RATE_LIMITED'
  /** The token has expired, or the connection has ended. It is closed. */
  | 'FORBIDDEN'
  /** Switchboard's own fault; the log has the reason. */
  | 'INTERNAL'

/** The subprotocol that a client may offer in its handshake, and that the answer then names. */
export const SUBPROTOCOL = 'switchboard.v1'

/** Characters in a client's `id`. */
export const MAX_ID_LENGTH = 64

/**
 * Bytes in one frame: API Gateway closes the connection (1009) over a longer one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_FRAME_BYTES = 32 * 1024

/**
 * Bytes in a message that is pushed, the envelope counted: API Gateway's payload quota.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const MAX_MESSAGE_BYTES = 128 * 1024

/**
 * Levels of arrays and objects in `data`. JSON.parse reads any number of them, but JSON.stringify,
 * and many a recipient's parser, runs out of stack.
 */
export const MAX_DATA_LEVELS = 100
