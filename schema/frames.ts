import * as v from 'valibot'
import { sendMessageSchema } from '../lambdas/core/schema.ts'
import {
  MAX_ID_LENGTH,
  type ClientMessage,
  type DeliveredAck,
  type ErrorMessage,
  type Message,
  type Ping,
  type Pong,
  type QueuedAck,
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
  readonly Message: Message
  readonly DeliveredAck: DeliveredAck
  readonly QueuedAck: QueuedAck
  readonly Pong: Pong
  readonly ErrorMessage: ErrorMessage
  readonly GatewayMessage: GatewayMessage
}

interface Unions {
  readonly ClientMessage: ClientMessage
  readonly ServerMessage: ServerMessage
}

export const connectionIdSchema = sendMessageSchema.entries.to.wrapped

const re = sendMessageSchema.entries.id
const messageId = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ID_LENGTH))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))

const ping = v.object({ action: v.literal('ping') })

const message = v.object({
  type: v.literal('message'),
  id: messageId,
  from: connectionIdSchema,
  user: v.exactOptional(v.pipe(v.string(), v.minLength(1))),
  to: v.picklist(['everyone', 'you']),
  data: sendMessageSchema.entries.data,
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

const pong = v.object({ type: v.literal('pong'), connectionId: connectionIdSchema })

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
})

const gatewayMessage = v.object({
  message: v.string(),
  connectionId: connectionIdSchema,
  requestId: v.string(),
})

/**
 * The frames. What a client sends is held to this very schema; what the server sends may have more
 * fields one day, which a client ignores.
 */
export const FRAMES = same<Frames>()({
  Ping: ping,
  SendMessage: sendMessageSchema,
  Message: message,
  DeliveredAck: deliveredAck,
  QueuedAck: queuedAck,
  Pong: pong,
  ErrorMessage: errorMessage,
  GatewayMessage: gatewayMessage,
})

/** What goes in either direction, of the frames. */
export const UNIONS = same<Unions>()({
  ClientMessage: v.union([ping, sendMessageSchema]),
  ServerMessage: v.union([message, deliveredAck, queuedAck, pong, errorMessage]),
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
