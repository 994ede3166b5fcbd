import * as v from 'valibot'
import { MAX_ID_LENGTH, type Json, type SendMessage } from '../../protocol/messages.ts'
import { findFault } from './data.ts'
import { ProtocolError } from './errors.ts'
import { isReadable } from './name.ts'
import { readTextForm } from './text-forms.ts'

/** Longest connectionId that is looked at; API Gateway's have 16 characters. */
const MAX_CONNECTION_ID_LENGTH = 128

/** Characters of a refused value that the error repeats. */
const MAX_SHOWN_LENGTH = 40

const ACTIONS = '"sendmessage" or "ping"'

// The texts in this schema say what was expected: refuse() makes the sentence around them.
export const sendMessageSchema = v.strictObject({
  action: v.literal('sendmessage'),
  id: v.exactOptional(
    v.pipe(
      v.string(`a string of 1 to ${MAX_ID_LENGTH} characters`),
      v.minLength(1, `a string of 1 to ${MAX_ID_LENGTH} characters`),
      v.maxLength(MAX_ID_LENGTH, `a string of 1 to ${MAX_ID_LENGTH} characters`),
      v.check(isReadable, 'a string without control and zero-width characters'),
    ),
  ),
  // The id becomes a part of a URL's path, so its alphabet (base64url with padding) is held here.
  to: v.exactOptional(
    v.pipe(
      v.string('a connectionId (a string)'),
      v.regex(/^[A-Za-z0-9_-]+=*$/, 'a connectionId such as "L0SM9cOFvHcCIhw="'),
      v.maxLength(MAX_CONNECTION_ID_LENGTH, 'a connectionId such as "L0SM9cOFvHcCIhw="'),
    ),
  ),
  echo: v.exactOptional(v.boolean('true or false')),
  // Anything that JSON.parse returned, until findFault() looks at it.
  data: v.custom<Json>((value) => value !== undefined, 'any JSON value'),
})

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
  const id = v.safeParse(sendMessageSchema.entries.id, frame['id'])
  return id.success ? id.output : undefined
}

/**
 * @throws ProtocolError UNKNOWN_ACTION, or BAD_MESSAGE naming the first field at fault.
 */
export function parseCommand(frame: Record<string, unknown>): SendMessage {
  const { action } = frame
  if (typeof action !== 'string') {
    throw new ProtocolError('BAD_MESSAGE', `action: expected ${ACTIONS}, received ${show(action)}`)
  }
  if (action !== 'sendmessage') {
    throw new ProtocolError(
      'UNKNOWN_ACTION',
      `action: expected ${ACTIONS}, received ${show(action)}`,
    )
  }
  const result = v.safeParse(sendMessageSchema, frame)
  if (!result.success) throw refuse(result.issues[0])
  const fault = findFault(result.output.data)
  if (fault) {
    const place = shorten(`data${fault.path}`)
    throw new ProtocolError('BAD_MESSAGE', `${place}: expected ${fault.expected}`)
  }
  return result.output
}

function refuse(issue: v.BaseIssue<unknown>): ProtocolError {
  const last = issue.path?.at(-1)
  const field = shorten(String(last?.key))
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = Object.keys(sendMessageSchema.entries).join(', ')
    return new ProtocolError('BAD_MESSAGE', `${field}: no such field, expected only ${known}`)
  }
  const missing = issue.type === 'strict_object'
  const expectation = missing ? 'a value' : issue.message
  const received = missing ? 'nothing' : show(issue.input)
  return new ProtocolError('BAD_MESSAGE', `${field}: expected ${expectation}, received ${received}`)
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  // JSON.stringify would run out of stack, or show another value.
  return findFault(value) ? 'what cannot be shown' : shorten(JSON.stringify(value))
}

/** What is cut may be half a character. */
function shorten(text: string): string {
  if (text.length <= MAX_SHOWN_LENGTH) return text.toWellFormed()
  return `${text.slice(0, MAX_SHOWN_LENGTH).toWellFormed()}…`
}
