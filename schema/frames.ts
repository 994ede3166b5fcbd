import * as v from 'valibot'
import {
  connectionIdField,
  dataField,
  idField,
  roomField,
  roomTarget,
} from '../lambdas/core/fields.ts'
import {
  joinSchema,
  leaveSchema,
  listMembersSchema,
  sendMessageSchema,
} from '../lambdas/core/schema.ts'
import {
  MAX_ID_LENGTH,
  MEMBERS_PER_PAGE,
  type ClientMessage,
  type DeliveredAck,
  type ErrorMessage,
  type Join,
  type Joined,
  type Leave,
  type Left,
  type ListMembers,
  type Members,
  type Message,
  type Ping,
  type Pong,
  type QueuedAck,
  type RoomAck,
  type SendMessage,
  type ServerMessage,
} from '../protocol/messages.ts'

/** What API Gateway says by itself, when no function could. */
interface GatewayMessage {
  readonly message: string
  readonly connectionId: string
  readonly requestId: string
}

/** What travels, by the names of its types. */
export interface Frames {
  readonly Ping: Ping
  readonly SendMessage: SendMessage
  readonly Join: Join
  readonly Leave: Leave
  readonly ListMembers: ListMembers
  readonly Message: Message
  readonly DeliveredAck: DeliveredAck
  readonly QueuedAck: QueuedAck
  readonly RoomAck: RoomAck
  readonly Members: Members
  readonly Joined: Joined
  readonly Left: Left
  readonly Pong: Pong
  readonly ErrorMessage: ErrorMessage
  readonly GatewayMessage: GatewayMessage
}

interface Unions {
  readonly ClientMessage: ClientMessage
  readonly ServerMessage: ServerMessage
}

const re = v.exactOptional(idField)
const messageId = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID_LENGTH))
const group = v.pipe(v.string(), v.minLength(1))
const user = v.pipe(v.string(), v.minLength(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const ping = v.object({ action: v.literal('ping') })

const message = v.object({
  type: v.literal('message'),
  id: messageId,
  from: v.exactOptional(connectionIdField),
  user: v.exactOptional(user),
  to: v.union([v.picklist(['everyone', 'you']), roomTarget]),
  data: dataField,
})

const deliveredAck = v.object({
  type: v.literal('ack'),
  re,
  id: messageId,
  sent: count,
  gone: count,
  failed: count,
})

const queuedAck = v.object({ type: v.literal('ack'), re, id: messageId, queued: v.literal(true) })

const roomAck = v.object({ type: v.literal('ack'), re, room: roomField, group })

const members = v.object({
  type: v.literal('members'),
  re,
  room: roomField,
  connectionIds: v.pipe(v.array(connectionIdField), v.maxLength(MEMBERS_PER_PAGE), v.readonly()),
  next: v.exactOptional(connectionIdField),
})

const joined = v.object({
  type: v.literal('joined'),
  id: messageId,
  group,
  connectionId: connectionIdField,
  user: v.exactOptional(user),
})

const left = v.object({
  type: v.literal('left'),
  id: messageId,
  group,
  connectionId: connectionIdField,
})

const pong = v.object({ type: v.literal('pong'), connectionId: connectionIdField })

const errorMessage = v.object({
  type: v.literal('error'),
  re,
  code: v.picklist([
    'BAD_MESSAGE',
    'UNKNOWN_ACTION',
    'TOO_LARGE',
    'NOT_CONNECTED',
    'RATE_LIMITED',
    'FORBIDDEN',
    'INTERNAL',
  ]),
  message: v.string(),
  retryAfterMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  room: v.exactOptional(roomField),
  user: v.exactOptional(user),
})

const gatewayMessage = v.object({
  message: v.string(),
  connectionId: connectionIdField,
  requestId: v.string(),
})

/**
 * The frames. What a client sends is held to this very schema; what the server sends may have more
 * fields one day, which a client ignores.
 */
export const FRAMES = same<Frames>()({
  Ping: ping,
  SendMessage: sendMessageSchema,
  Join: joinSchema,
  Leave: leaveSchema,
  ListMembers: listMembersSchema,
  Message: message,
  DeliveredAck: deliveredAck,
  QueuedAck: queuedAck,
  RoomAck: roomAck,
  Members: members,
  Joined: joined,
  Left: left,
  Pong: pong,
  ErrorMessage: errorMessage,
  GatewayMessage: gatewayMessage,
})

/** What goes in either direction, of the frames. */
export const UNIONS = same<Unions>()({
  ClientMessage: v.union([ping, sendMessageSchema, joinSchema, leaveSchema, listMembersSchema]),
  ServerMessage: v.union([
    message,
    deliveredAck,
    queuedAck,
    roomAck,
    members,
    joined,
    left,
    pong,
    errorMessage,
  ]),
})

/**
 * Does not compile when a schema takes something else than its type, a field more or less, or one that
 * only one of both can do without.
 */
function same<Types>() {
  return <Schemas>(
    schemas: Schemas & { [Name in keyof Types]: Check<Schemas, Name, Types[Name]> },
  ) => schemas
}

type Check<Schemas, Name, Type> = Name extends keyof Schemas
  ? Schemas[Name] extends v.GenericSchema
    ? Same<Type, v.InferOutput<Schemas[Name]>> extends true
      ? Schemas[Name]
      : never
    : never
  : never

/** A field that only one of them has is seen by `Required`, one that only one of them needs without. */
type Same<A, B> = [A, B, Required<A>, Required<B>] extends [B, A, Required<B>, Required<A>]
  ? true
  : false
