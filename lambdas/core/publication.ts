import * as v from 'valibot'
import type { Json, Message, RoomTarget, UserTarget } from '../../protocol/messages.ts'
import type { Groups } from './audience.ts'
import { ProtocolError } from './errors.ts'
import { connectionIdField, dataField, idField, roomTarget, userTarget } from './fields.ts'
import type { Job } from './job.ts'
import { encode } from './message.ts'
import { assertSound, isObject, show, toProtocolError } from './refused-field.ts'

/**
 * What a backend that holds no connection puts into the delivery queue, as JSON: a message for
 * everyone, a room's members, all of a user's connections, or one connection.
 */
export interface Publication {
  /** `everyone`, a room, a user, or a connectionId. */
  readonly to: string | RoomTarget | UserTarget
  readonly data: Json
  /**
   * The message's, 1 to 64 characters: a UUID, the same each time this is published. Recipients drop
   * the second.
   *
   * @default - the id of the message in the queue
   */
  readonly id?: string
}

const EVERYONE = 'everyone'

const TARGET =
  '"everyone", {"room":"<name>"}, {"user":"<name>"} or a connectionId such as "L0SM9cOFvHcCIhw="'

/** `everyone` looks like a connectionId. */
const textTarget = v.pipe(
  v.string(),
  v.check((text) => v.is(connectionIdField, text), TARGET),
)

const schema = v.strictObject({
  to: v.union([textTarget, roomTarget, userTarget], TARGET),
  data: dataField,
  id: v.exactOptional(idField),
})

/** @throws ProtocolError BAD_MESSAGE, naming the first field at fault, or TOO_LARGE */
export function parsePublication(value: unknown): Publication {
  if (!isObject(value)) {
    throw new ProtocolError(
      'BAD_MESSAGE',
      `expected an object such as {"to":"everyone","data":"hi"}, received ${show(value)}`,
    )
  }
  const result = v.safeParse(schema, value)
  if (!result.success) throw toProtocolError(result.issues[0], Object.keys(schema.entries))
  const { output } = result
  assertSound(output.data)
  // With an id as long as the longest that the queue gives.
  toFrame(output, output.id ?? '00000000-0000-0000-0000-000000000000')
  return output
}

/**
 * The job that carries a publication out.
 *
 * @param received what the queue says of it
 */
export function toJob(
  publication: Publication,
  received: { readonly messageId: string; readonly sentMs: number },
  groups: Groups,
): Job {
  const { to, id = received.messageId } = publication
  const frame = toFrame(publication, id)
  const sinceMs = received.sentMs
  if (to === EVERYONE) return { frame, sinceMs, audience: EVERYONE }
  if (typeof to === 'string') return { frame, sinceMs, connectionIds: [to] }
  return { frame, sinceMs, audience: { group: groups.of(to) } }
}

function toFrame({ to, data }: Publication, id: string): string {
  const message: Message = { type: 'message', id, to: shown(to), data }
  return encode(message)
}

/** Whom recipients see it is for. */
function shown(to: Publication['to']): Message['to'] {
  if (to === EVERYONE) return EVERYONE
  return typeof to === 'object' && 'room' in to ? { room: to.room } : 'you'
}
