import * as v from 'valibot'
import {
  MAX_ID_LENGTH,
  MAX_ROOM_LENGTH,
  MAX_USER_LENGTH,
  type Json,
} from '../../protocol/messages.ts'
import { isReadable } from './name.ts'
import { isSubject } from './subject.ts'

// What the fields of a frame, or of a publication, have to be. The texts say what was expected.

/** Longest connectionId that is looked at; API Gateway's have 16 characters. */
const MAX_CONNECTION_ID_LENGTH = 128

const ID = `a string of 1 to ${MAX_ID_LENGTH} characters`
const CONNECTION_ID = 'a connectionId such as "L0SM9cOFvHcCIhw="'
const ROOM = `a room's name of 1 to ${MAX_ROOM_LENGTH} characters`
const USER = `a user's name of 1 to ${MAX_USER_LENGTH} characters, none of them a control or zero-width one`

export const idField = v.pipe(
  v.string(ID),
  v.minLength(1, ID),
  v.maxLength(MAX_ID_LENGTH, ID),
  v.check(isReadable, 'a string without control and zero-width characters'),
)

/** It becomes a part of a URL's path, so its alphabet (base64url with padding) is held here. */
export const connectionIdField = v.pipe(
  v.string('a connectionId (a string)'),
  v.regex(/^[A-Za-z0-9_-]+=*$/, CONNECTION_ID),
  v.maxLength(MAX_CONNECTION_ID_LENGTH, CONNECTION_ID),
)

export const roomField = v.pipe(
  v.string(ROOM),
  v.minLength(1, ROOM),
  v.maxLength(MAX_ROOM_LENGTH, ROOM),
  v.check(isReadable, "a room's name without control and zero-width characters"),
)

const userField = v.pipe(
  v.string(USER),
  v.minLength(1, USER),
  v.check((user) => isSubject(user), USER),
)

export const roomTarget = v.strictObject({ room: roomField })
export const userTarget = v.strictObject({ user: userField })

export const targetField = v.union(
  [connectionIdField, roomTarget, userTarget],
  `${CONNECTION_ID}, {"room":"<name>"} or {"user":"<name>"}`,
)

/** Anything that JSON.parse returned, until findFault() looks at it. */
export const dataField = v.custom<Json>((value) => value !== undefined, 'any JSON value')
