// What Switchboard may store, and all of it: what is not listed here is a violation, whatever
// it is. docs/PRIVACY.md tells the same to those who run a stack: change both together.
import * as v from 'valibot'
import { text, json, connectionId, uuid, count, milliseconds, has } from './privacy-forms.ts'

// --- Tables ---

/** As DynamoDB's API has an item. */
export const connectionsItem = v.strictObject({
  connectionId: v.strictObject({ S: connectionId }),
  // In seconds since 1970.
  expiresAt: v.strictObject({ N: text(/^\d{10}$/) }),
  // In milliseconds since 1970, with a fraction where the rate has one: until when it has used its rate.
  tat: v.strictObject({ N: text(/^\d{13}(\.\d+)?$/) }),
})

/** An HMAC-SHA-256 of a room's or a user's name. */
const group = text(/^[\w-]{43}$/)

export const membershipsItem = v.strictObject({
  group: v.strictObject({ S: group }),
  connectionId: v.strictObject({ S: connectionId }),
  expiresAt: v.strictObject({ N: text(/^\d{10}$/) }),
  // A random id, under which the others in a room are told.
  announcement: v.exactOptional(v.strictObject({ S: uuid })),
})

// --- Queues: jobs while they are carried out, and for four days what was given up ---

/** What recipients get. What `data` is, only the clients know. */
const frame = v.strictObject({
  type: v.literal('message'),
  // Of a backend's message what the backend calls it.
  id: v.string(),
  // A backend has none.
  from: v.exactOptional(connectionId),
  // Whom the token vouched for.
  user: v.exactOptional(v.string()),
  to: v.union([v.picklist(['everyone', 'you']), v.strictObject({ room: v.string() })]),
  data: v.unknown(),
})

/** That somebody has joined a room, or has left it. */
const announced = v.variant('type', [
  v.strictObject({
    type: v.literal('joined'),
    id: uuid,
    group,
    connectionId,
    user: v.exactOptional(v.string()),
  }),
  v.strictObject({
    type: v.literal('left'),
    id: text(/^[\da-f-]{36}-left$/),
    group,
    connectionId,
  }),
])

const pushed = json(v.variant('type', [frame, ...announced.options]))

const audienceJob = v.strictObject({
  frame: pushed,
  sinceMs: v.exactOptional(count),
  audience: v.union([v.literal('everyone'), v.strictObject({ group })]),
  except: v.exactOptional(connectionId),
  after: v.exactOptional(connectionId),
  part: v.exactOptional(count),
})

const chunkJob = v.strictObject({
  frame: pushed,
  sinceMs: v.exactOptional(count),
  connectionIds: v.array(connectionId),
  attempt: v.exactOptional(count),
})

/** What the HTTP door puts there. */
const publication = v.strictObject({
  to: v.union([
    v.string(),
    v.strictObject({ room: v.string() }),
    v.strictObject({ user: v.string() }),
  ]),
  data: v.unknown(),
  id: v.string(),
})

export const queuedMessage = v.strictObject({
  body: json(
    v.lazy((input) => {
      if (has(input, 'audience')) return audienceJob
      return has(input, 'connectionIds') ? chunkJob : publication
    }),
  ),
  /** What a program may put beside the body. */
  attributes: v.pipe(
    v.map(v.string(), v.unknown()),
    v.check(({ size }) => size === 0, 'Expected no message attributes'),
  ),
  // The rest is SQS's own.
  queueName: text(/^[\w-]{1,80}$/),
  messageId: uuid,
  sentMs: milliseconds,
  /** The id of a function's role, and the function's name. */
  senderId: text(/^AROA\w+:[\w-]+$/),
  /** By which Lambda counts how often a function has run in a chain. */
  traceHeader: v.optional(
    text(/^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=[01](;Lineage=[\da-f:|]+)?$/),
  ),
  groupId: v.optional(v.undefined_()),
  deadLetterSourceArn: v.optional(text(/^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+$/)),
})

/** The attributes and fields that are ours. */
export const STORED_NAMES = [
  connectionsItem,
  membershipsItem,
  audienceJob,
  chunkJob,
  publication,
  frame,
  ...announced.options,
].flatMap((schema) => Object.keys(schema.entries))
