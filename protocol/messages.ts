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

/** All members of a room. */
export interface RoomTarget {
  readonly room: string
}

/** All connections of a user, as the authorizer vouched for it at their handshakes. */
export interface UserTarget {
  readonly user: string
}

/** Sent by a client: `data` to every connection, or to those that `to` names. */
export interface SendMessage {
  readonly action: 'sendmessage'
  /**
   * Chosen by the client, 1 to {@link MAX_ID_LENGTH} characters; the reply carries it back as `re`.
   * A UUID makes it safe to send the message again: {@link Message.id} is derived from it.
   */
  readonly id?: string
  /** A connectionId, a room or a user. Absent: everyone. */
  readonly to?: string | RoomTarget | UserTarget
  /** `false` leaves the sender out. Default `true`. */
  readonly echo?: boolean
  readonly data: Json
}

/** Sent by a client that wants to have a room's messages: answered with {@link RoomAck}. */
export interface Join {
  readonly action: 'join'
  readonly id?: string
  /** Up to {@link MAX_ROOM_LENGTH} characters. A room is there when somebody is in it. */
  readonly room: string
  /** `true`: its members are told, now ({@link Joined}) and when it has left ({@link Left}). */
  readonly announce?: boolean
}

/** Sent by a client that wants no more of a room: answered with {@link RoomAck}, also if it was not in. */
export interface Leave {
  readonly action: 'leave'
  readonly id?: string
  readonly room: string
}

/** Sent by a client that asks who is in a room: answered with {@link Members}. */
export interface ListMembers {
  readonly action: 'members'
  readonly id?: string
  readonly room: string
  /** Where to go on: the `next` of the page before. */
  readonly after?: string
}

export type ClientMessage = Ping | SendMessage | Join | Leave | ListMembers

/** Pushed to a recipient. */
export interface Message {
  readonly type: 'message'
  /** Unique, and the same whenever the message comes again: drop the second. */
  readonly id: string
  /** The sender's connectionId; absent when it comes from your own backend. */
  readonly from?: string
  /** Who the sender is, vouched for by the server; absent where nobody has to say who they are. */
  readonly user?: string
  /** `you`: this connection alone, or all of its user's. */
  readonly to: 'everyone' | 'you' | RoomTarget
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

/** It is in the room, or has left it. */
export interface RoomAck {
  readonly type: 'ack'
  readonly re?: string
  readonly room: string
  /** The room as {@link Joined} and {@link Left} call it: a keyed hash of its name. */
  readonly group: string
}

/** Who is in a room. Who has just died may be among them. */
export interface Members {
  readonly type: 'members'
  readonly re?: string
  readonly room: string
  /** At most {@link MEMBERS_PER_PAGE}. */
  readonly connectionIds: readonly string[]
  /** There may be more: ask again with this as `after`. */
  readonly next?: string
}

/** Pushed to the others in a room: somebody has joined, and announces it. */
export interface Joined {
  readonly type: 'joined'
  /** As of a {@link Message}: drop the second. */
  readonly id: string
  /** Which room, as {@link RoomAck} tells: the server knows its name only while it is asked. */
  readonly group: string
  readonly connectionId: string
  /** Who it is, vouched for by the server. */
  readonly user?: string
}

/** Pushed to a room: one that had announced its coming has left, or was lost. */
export interface Left {
  readonly type: 'left'
  readonly id: string
  readonly group: string
  readonly connectionId: string
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
  /** With FORBIDDEN: the room that it has no leave for. The connection stays open. */
  readonly room?: string
  /** With FORBIDDEN: the user it may not send to. The connection stays open. */
  readonly user?: string
}

export type ServerMessage = Message | Ack | RoomAck | Members | Joined | Left | Pong | ErrorMessage

export type ErrorCode =
  /** Not JSON, or a field is missing, unknown or of the wrong kind: `message` names it. */
  | 'BAD_MESSAGE'
  /** `action` names nothing that Switchboard does. */
  | 'UNKNOWN_ACTION'
  /** The frame to be pushed would pass {@link MAX_MESSAGE_BYTES}. */
  | 'TOO_LARGE'
  /** The target of a private message is not online: the connection, or every one of the user's. */
  | 'NOT_CONNECTED'
  /**
   * More frames than a connection may send. Who goes on is disconnected.
   */
  | 'RATE_LIMITED'
  /**
   * The token has expired, or the connection has ended: it is closed. With `room` or `user` it stays
   * open, and has no leave for that.
   */
  | 'FORBIDDEN'
  /** Switchboard's own fault; the log has the reason. */
  | 'INTERNAL'

/** The subprotocol that a client may offer in its handshake, and that the answer then names. */
export const SUBPROTOCOL = 'switchboard.v1'

/** Characters in a client's `id`. */
export const MAX_ID_LENGTH = 64

/** Characters (UTF-16 code units) in a room's name. */
export const MAX_ROOM_LENGTH = 128

/** Characters (code points) in a user's name: OpenID Connect Core 1.0, 2, of `sub`. */
export const MAX_USER_LENGTH = 255

/** Rooms that one connection may be in at a time. */
export const MAX_ROOMS = 50

/** Connection ids in one {@link Members}: its frame stays below 32 KB. */
export const MEMBERS_PER_PAGE = 1_000

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
