import * as v from 'valibot'
import type { Join, Leave, ListMembers, SendMessage } from '../../protocol/messages.ts'
import { ProtocolError } from './errors.ts'
import { connectionIdField, dataField, idField, roomField, targetField } from './fields.ts'
import { assertSound, isObject, show, toProtocolError } from './refused-field.ts'
import { readTextForm } from './text-forms.ts'

/** What a client may ask of a function. */
export type Command = SendMessage | Join | Leave | ListMembers

export const sendMessageSchema = v.strictObject({
  action: v.literal('sendmessage'),
  id: v.exactOptional(idField),
  to: v.exactOptional(targetField),
  echo: v.exactOptional(v.boolean('true or false')),
  data: dataField,
})

export const joinSchema = v.strictObject({
  action: v.literal('join'),
  id: v.exactOptional(idField),
  room: roomField,
  announce: v.exactOptional(v.boolean('true or false')),
})

export const leaveSchema = v.strictObject({
  action: v.literal('leave'),
  id: v.exactOptional(idField),
  room: roomField,
})

export const listMembersSchema = v.strictObject({
  action: v.literal('members'),
  id: v.exactOptional(idField),
  room: roomField,
  after: v.exactOptional(connectionIdField),
})

const COMMANDS = v.variant('action', [
  sendMessageSchema,
  joinSchema,
  leaveSchema,
  listMembersSchema,
])

/** The fields of each command, by its action. */
const FIELDS: ReadonlyMap<string, readonly string[]> = new Map(
  COMMANDS.options.map(({ entries }) => [entries.action.literal, Object.keys(entries)]),
)

const ACTIONS = '"sendmessage", "join", "leave", "members" or "ping"'

/**
 * Reads a frame as far as an object with fields: from JSON, or from a text form.
 *
 * @throws ProtocolError BAD_MESSAGE when it is neither.
 */
export function decodeFrame(body: string): Record<string, unknown> {
  const textForm = readTextForm(body)
  if (textForm) return textForm
  const value = parseJson(body)
  if (!isObject(value)) {
    throw new ProtocolError(
      'BAD_MESSAGE',
      `expected a JSON object such as {"action":"sendmessage","data":"hi"}, received ${show(value)}`,
    )
  }
  return value
}

/** The client's `id` for a frame, when it is one that a reply can carry back. */
export function readId(frame: Record<string, unknown>): string | undefined {
  const id = v.safeParse(idField, frame['id'])
  return id.success ? id.output : undefined
}

/**
 * @throws ProtocolError UNKNOWN_ACTION, or BAD_MESSAGE naming the first field at fault.
 */
export function parseCommand(frame: Record<string, unknown>): Command {
  const { action } = frame
  if (typeof action !== 'string') {
    throw new ProtocolError('BAD_MESSAGE', `action: expected ${ACTIONS}, received ${show(action)}`)
  }
  const fields = FIELDS.get(action)
  if (!fields) throw unknownAction(action)
  const result = v.safeParse(COMMANDS, frame)
  if (!result.success) throw toProtocolError(result.issues[0], fields)
  if (result.output.action === 'sendmessage') assertSound(result.output.data)
  return result.output
}

/** Nothing does it, or not the function that was asked. */
export function unknownAction(action: string): ProtocolError {
  return new ProtocolError(
    'UNKNOWN_ACTION',
    `action: expected ${ACTIONS}, received ${show(action)}`,
  )
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new ProtocolError(
      'BAD_MESSAGE',
      'not JSON: expected an object such as {"action":"sendmessage","data":"hi"}, or BROADCAST:<text>, or PRIVATE:<connectionId>:<text>',
    )
  }
}
