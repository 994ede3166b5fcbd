import { MAX_DATA_LEVELS, MAX_MESSAGE_BYTES } from '../protocol/messages.ts'
import type { Frames } from './frames.ts'

/** What something is for, and what each of its fields says beyond its form. */
export interface Text<Fields extends string = string> {
  readonly about: string
  readonly fields?: { readonly [Field in Fields]: string }
}

type FrameText<Frame> = Required<Text<keyof Frame & string>>

const KIND = 'What kind of frame this is.'
const RE = 'The `id` of the frame that this answers, as it was sent; absent if that had none.'
const MESSAGE_ID = 'The `id` of the Message that was pushed.'
const PUSH_ID = 'Opaque and unique; the same whenever it comes again: drop the second.'
const ID = 'Stands for this one frame, and comes back as `re`.'
const ROOM =
  'The name of the room. Beyond this schema: no control or zero-width character, and a character beyond ' +
  'U+FFFF counts as two.'
const GROUP =
  'What the server calls the room where its name is not known: opaque, and the same for all in it.'
const OWN_CONNECTION = 'Your own connection.'

export const TEXTS: { readonly [Name in keyof Frames]: FrameText<Frames[Name]> } = {
  Ping: {
    about: 'Asks for a Pong. API Gateway answers by itself, and ignores every other field.',
    fields: { action: KIND },
  },
  SendMessage: {
    about:
      'Sends `data` to everyone, or to one. Answered with an ack or an error. Beyond this schema: the ' +
      `Message that recipients get may have at most ${MAX_MESSAGE_BYTES} bytes.`,
    fields: {
      action: KIND,
      id:
        'Stands for this one message, and comes back as `re`. A UUID makes it safe to send the message ' +
        'again. Beyond this schema: no control or zero-width character, and a character beyond U+FFFF ' +
        'counts as two.',
      to: 'Who gets it: one connection, the members of a room, or all connections of a user. Absent: every connection.',
      echo: 'Whether the sender gets it too. Absent: true.',
      data: 'What recipients get.',
    },
  },
  Join: {
    about: 'Joins a room. Answered with a RoomAck or an error.',
    fields: {
      action: KIND,
      id: ID,
      room: ROOM,
      announce:
        'Whether the others in the room are told, now and when you have left. Absent: false.',
    },
  },
  Leave: {
    about: 'Leaves a room. Answered with a RoomAck, also if you were not in it, or an error.',
    fields: { action: KIND, id: ID, room: ROOM },
  },
  ListMembers: {
    about: 'Asks who is in a room. Answered with Members or an error.',
    fields: { action: KIND, id: ID, room: ROOM, after: 'The `next` of the page before.' },
  },
  Message: {
    about: 'Somebody sent it. It is never a reply.',
    fields: {
      type: KIND,
      id: PUSH_ID,
      from: 'The connection that sent it; absent: your own backend did.',
      user: 'Who sent it, as the server vouches for; absent where nobody has to say who they are.',
      to: 'Who got it: everyone, a room, or you: this connection, or all of your own.',
      data: 'As it was sent.',
    },
  },
  DeliveredAck: {
    about: 'The delivery has ended.',
    fields: {
      type: KIND,
      re: RE,
      id: MESSAGE_ID,
      sent: 'Connections for which API Gateway accepted it: a line that has just died may be among them.',
      gone: 'Connections that were still listed and had left.',
      failed: 'Connections that may not have got it, although they may be online.',
    },
  },
  QueuedAck: {
    about: 'There are many recipients: the delivery goes on, and nothing more is told of it.',
    fields: { type: KIND, re: RE, id: MESSAGE_ID, queued: 'It goes on behind a queue.' },
  },
  RoomAck: {
    about: 'You are in the room, or have left it.',
    fields: { type: KIND, re: RE, room: ROOM, group: GROUP },
  },
  Members: {
    about: 'Who is in a room. Who has just died may be among them.',
    fields: {
      type: KIND,
      re: RE,
      room: ROOM,
      connectionIds: 'A page of its members. It may be empty although there is a `next`.',
      next: 'There may be more: ask again with this as `after`.',
    },
  },
  Joined: {
    about: 'Somebody has joined one of your rooms, and announces it.',
    fields: {
      type: KIND,
      id: PUSH_ID,
      group: GROUP,
      connectionId: 'Who has joined.',
      user: 'Who it is, as the server vouches for.',
    },
  },
  Left: {
    about: 'One that had announced its coming has left one of your rooms, or was lost.',
    fields: { type: KIND, id: PUSH_ID, group: GROUP, connectionId: 'Who has left.' },
  },
  Pong: {
    about: 'The answer to a Ping.',
    fields: { type: KIND, connectionId: OWN_CONNECTION },
  },
  ErrorMessage: {
    about: 'A frame was not accepted.',
    fields: {
      type: KIND,
      re: RE,
      code: 'docs/PROTOCOL.md says what each means, and what to do.',
      message: 'For people: what was wrong, and what was expected.',
      retryAfterMs:
        'With RATE_LIMITED: how long to send nothing, in milliseconds. Absent when the connection is ' +
        'closed for it.',
      room: 'With FORBIDDEN: the room that you have no permission for. The connection stays open.',
      user: 'With FORBIDDEN: the user that you may not send to. The connection stays open.',
    },
  },
  GatewayMessage: {
    about: 'What API Gateway says by itself when no function could answer. It has no `type`.',
    fields: {
      message: 'Such as "Internal server error".',
      connectionId: OWN_CONNECTION,
      requestId: 'For whoever reads the logs.',
    },
  },
}

/** Of what the frames have in common. */
export const SHARED_TEXTS = {
  ClientMessage: { about: 'What a client sends.' },
  ServerMessage: { about: 'What the server sends.' },
  ConnectionId: { about: 'What API Gateway calls a connection: opaque.' },
  Json: {
    about:
      'Any JSON value that arrives as it was sent. Beyond this schema: at most ' +
      `${MAX_DATA_LEVELS} levels of arrays and objects, and no half of a surrogate pair in a text or ` +
      'key. Numbers arrive as IEEE 754 doubles.',
  },
}

export const ROOT_TEXT =
  'One JSON text frame, in either direction; docs/PROTOCOL.md tells what becomes of it. What a schema ' +
  'cannot say stands in the descriptions, and a frame that breaks it is refused all the same. A client ignores fields and types that it does not know. It may also send the texts ' +
  'BROADCAST:<text> and PRIVATE:<connectionId>:<text>, which are no JSON.'
