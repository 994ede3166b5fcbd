import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../lambdas/core/errors.ts'
import { decodeFrame, parseCommand, readId, type Command } from '../../../lambdas/core/schema.ts'

const SENT = '"action":"sendmessage"'
const ID = 'id: expected a string of 1 to 64 characters, received '
const TO = 'to: expected a connectionId '
const TARGET = `${TO}such as "L0SM9cOFvHcCIhw=", {"room":"<name>"} or {"user":"<name>"}`
const ROOM = "a room's name of 1 to 128 characters, received "
const USER =
  "a user's name of 1 to 255 characters, none of them a control or zero-width one, received "
const ACTION = 'action: expected "sendmessage", "join", "leave", "members" or "ping", received '
const OBJECT = 'expected a JSON object such as {"action":"sendmessage","data":"hi"}, received '
const ONLY = ': no such field, expected only action, id, to, echo, data'

describe('a frame that is no JSON object', () => {
  it.each([
    ['', 'not JSON'],
    ['hello', 'not JSON'],
    ['{"action":', 'not JSON'],
    ["{'action':'sendmessage'}", 'not JSON'],
    ['{"action":"sendmessage","data":1} x', 'not JSON'],
    ['broadcast:hi', 'not JSON: expected an object'],
    ['private:A=:hi', 'or BROADCAST:<text>, or PRIVATE:<connectionId>:<text>'],
    ['null', `${OBJECT}null`],
    ['true', `${OBJECT}true`],
    ['0', `${OBJECT}0`],
    ['"hi"', `${OBJECT}"hi"`],
    ['[]', `${OBJECT}[]`],
    [`[{${SENT},"data":1}]`, `${OBJECT}[{"action"`],
    [nested(50_000), `${OBJECT}what cannot be shown`],
    ['PRIVATE:A=', 'PRIVATE: expected PRIVATE:<connectionId>:<text>'],
  ])('is refused: %.60j', (body, message) => {
    expect(refusal(body)).toEqual({
      code: 'BAD_MESSAGE',
      message: expect.stringContaining(message),
    })
  })
})

describe('an action', () => {
  it.each([
    ['{}', `${ACTION}nothing`],
    ['{"data":"hi"}', `${ACTION}nothing`],
    ['{"Action":"sendmessage","data":1}', `${ACTION}nothing`],
    ['{"__proto__":{"action":"sendmessage"},"data":1}', `${ACTION}nothing`],
    ['{"action":null,"data":1}', `${ACTION}null`],
    ['{"action":7,"data":1}', `${ACTION}7`],
    ['{"action":["sendmessage"],"data":1}', `${ACTION}["sendmessage"]`],
  ])('is refused when it is no string: %j', (body, message) => {
    expect(refusal(body)).toEqual({ code: 'BAD_MESSAGE', message })
  })

  it.each(['sendMessage', 'SENDMESSAGE', '', '$default', '__proto__', 'constructor', 'toString'])(
    'is unknown: %j',
    (action) => {
      expect(refusal(JSON.stringify({ action, data: 1 }))).toEqual({
        code: 'UNKNOWN_ACTION',
        message: `${ACTION}"${action}"`,
      })
    },
  )

  it('is repeated only in part when it is long', () => {
    const { message } = refusal(JSON.stringify({ action: 'x'.repeat(1_000), data: 1 }))
    expect(message).toBe(`${ACTION}"${'x'.repeat(39)}…`)
  })
})

describe('a field', () => {
  it.each([
    [`{${SENT},"data":1,"id":""}`, `${ID}""`],
    [`{${SENT},"data":1,"id":"${'x'.repeat(65)}"}`, `${ID}"xxx`],
    [`{${SENT},"data":1,"id":7}`, `${ID}7`],
    [`{${SENT},"data":1,"id":null}`, `${ID}null`],
    [`{${SENT},"data":1,"id":["x"]}`, `${ID}["x"]`],
    [`{${SENT},"data":1,"to":null}`, `${TARGET}, received null`],
    [`{${SENT},"data":1,"to":7}`, `${TARGET}, received 7`],
    [`{${SENT},"data":1,"to":["A="]}`, `${TARGET}, received ["A="]`],
    [`{${SENT},"data":1,"to":${nested(50_000)}}`, `${TARGET}, received what cannot be shown`],
    [`{${SENT},"data":1,"to":{}}`, `${TARGET}, received {}`],
    [`{${SENT},"data":1,"to":{"room":7}}`, `${TARGET}, received {"room":7}`],
    [`{${SENT},"data":1,"to":{"room":"r","user":"u"}}`, `${TARGET}, received {"room"`],
    [`{${SENT},"data":1,"to":{"room":""}}`, `to.room: expected ${ROOM}""`],
    [`{${SENT},"data":1,"to":{"user":""}}`, `to.user: expected ${USER}""`],
    [`{${SENT},"data":1,"to":{"user":"a\\u0000"}}`, `to.user: expected ${USER}"a`],
    [`{${SENT},"data":1,"to":{"user":"${'x'.repeat(256)}"}}`, `to.user: expected ${USER}"x`],
    ['{"action":"join"}', 'room: expected a value, received nothing'],
    ['{"action":"join","room":7}', `room: expected ${ROOM}7`],
    ['{"action":"join","room":""}', `room: expected ${ROOM}""`],
    [`{"action":"join","room":"${'x'.repeat(129)}"}`, `room: expected ${ROOM}"x`],
    ['{"action":"join","room":"a\\u200bb"}', "room: expected a room's name without control"],
    ['{"action":"join","room":"a","announce":1}', 'announce: expected true or false, received 1'],
    ['{"action":"join","room":"a","x":1}', 'only action, id, room, announce'],
    ['{"action":"leave","room":"a","announce":true}', 'only action, id, room'],
    ['{"action":"members","room":"a","after":"../x"}', 'after: expected a connectionId'],
    ['{"action":"members","room":"a","data":1}', 'only action, id, room, after'],
    [`{${SENT},"data":1,"to":""}`, `${TO}such as "L0SM9cOFvHcCIhw=", received ""`],
    [`{${SENT},"data":1,"to":"="}`, `${TO}such as "L0SM9cOFvHcCIhw=", received "="`],
    [`{${SENT},"data":1,"to":"../x"}`, `${TO}such as "L0SM9cOFvHcCIhw=", received "../x"`],
    [`{${SENT},"data":1,"to":"a b"}`, `${TO}such as "L0SM9cOFvHcCIhw=", received "a b"`],
    [`{${SENT},"data":1,"to":"A=\\n"}`, `${TO}such as "L0SM9cOFvHcCIhw=", received "A=\\n"`],
    [
      `{${SENT},"data":1,"to":"${'x'.repeat(129)}"}`,
      `${TO}such as "L0SM9cOFvHcCIhw=", received "x`,
    ],
    ['PRIVATE::hi', `${TO}such as "L0SM9cOFvHcCIhw=", received ""`],
    ['PRIVATE:a b:hi', `${TO}such as "L0SM9cOFvHcCIhw=", received "a b"`],
    [`{${SENT},"data":1,"echo":"false"}`, 'echo: expected true or false, received "false"'],
    [`{${SENT},"data":1,"echo":0}`, 'echo: expected true or false, received 0'],
    [`{${SENT},"data":1,"echo":null}`, 'echo: expected true or false, received null'],
    [`{${SENT}}`, 'data: expected a value, received nothing'],
    [`{${SENT},"to":"A=","id":"1"}`, 'data: expected a value, received nothing'],
    [`{${SENT},"data":${nested(101)}}`, '…: expected at most 100 levels of arrays and objects'],
    [`{${SENT},"data":${nested(50_000)}}`, 'data[0][0][0]'],
    [`{${SENT},"data":1e309}`, 'data: expected a number up to 1.8e308'],
    [`{${SENT},"data":{"a":[0,-1e999]}}`, 'data.a[1]: expected a number up to 1.8e308'],
    [`{${SENT},"data":"\\ud800"}`, 'data: expected whole Unicode characters'],
    [`{${SENT},"data":{"a":{"\\udc00":1}}}`, 'data.a: expected keys of whole Unicode characters'],
    [`{${SENT},"data":[{"__proto__":{"admin":true}}]}`, 'data[0]: expected no key __proto__'],
    [`{${SENT},"data":1,"id":"a\\u0000"}`, 'id: expected a string without control and zero-width'],
    [`{${SENT},"data":1,"id":"a\\u200b"}`, 'id: expected a string without control and zero-width'],
    [`{${SENT},"data":1,"id":"\\ud83d"}`, 'id: expected a string without control and zero-width'],
    [`{${SENT},"data":1,"id":"\\ud83d${'x'.repeat(65)}"}`, ID],
    ['BROADCAST:\ud800', 'data: expected whole Unicode characters'],
  ])('is refused: %.100j', (body, message) => {
    expect(refusal(body)).toEqual({
      code: 'BAD_MESSAGE',
      message: expect.stringContaining(message),
    })
  })

  it.each(['room', 'Data', 'ID', '', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'is refused when its name is unknown: %j',
    (name) => {
      const body = `{${SENT},"data":1,"${name}":{"data":1}}`
      expect(refusal(body)).toEqual({ code: 'BAD_MESSAGE', message: `${name}${ONLY}` })
    },
  )
})

describe('a command', () => {
  it.each<object>([
    {},
    { id: 'x' },
    { id: 'x'.repeat(64) },
    { id: '✓'.repeat(64) },
    { to: 'L0SM9cOFvHcCIhw=' },
    { to: 'a-B_9' },
    { to: 'x'.repeat(128) },
    { echo: true },
    { echo: false },
    { id: '1', to: 'A=', echo: false },
    { to: { room: 'x'.repeat(128) } },
    { to: { room: '大厅 #1' }, echo: false },
    { to: { user: '✓'.repeat(255) } },
    { action: 'join', room: 'a*' },
    { action: 'join', room: 'lobby', announce: true, id: '1' },
    { action: 'leave', room: 'lobby' },
    { action: 'members', room: 'lobby', after: 'A=' },
  ])('may carry %j', (fields) => {
    const command = 'action' in fields ? fields : { action: 'sendmessage', data: 'hi', ...fields }
    expect(parse(JSON.stringify(command))).toEqual(command)
  })

  it.each([
    'null',
    'false',
    'true',
    '0',
    '-1.5e3',
    '""',
    '"hi"',
    '[]',
    '{}',
    '[null,[1],{"a":{}}]',
    '{"prototype":1,"constructor":{"prototype":2},"toString":3,"action":"ping"}',
    '"\\ud83d\\ude00 \\u0000 \\u200b"',
    '1.7976931348623157e308',
    '"BROADCAST:hi"',
    nested(100),
  ])('carries data of any kind, as it is: %.60j', (json) => {
    expect(parse(`{${SENT},"data":${json}}`)).toEqual({
      action: 'sendmessage',
      data: JSON.parse(json),
    })
  })

  it.each([
    ['BROADCAST:hi', { action: 'sendmessage', data: 'hi' }],
    ['BROADCAST:{"action":"ping"}', { action: 'sendmessage', data: '{"action":"ping"}' }],
    ['BROADCAST:PRIVATE:A=:hi', { action: 'sendmessage', data: 'PRIVATE:A=:hi' }],
    ['PRIVATE:A=:BROADCAST:hi', { action: 'sendmessage', to: 'A=', data: 'BROADCAST:hi' }],
    ['PRIVATE:A=:b:c', { action: 'sendmessage', to: 'A=', data: 'b:c' }],
  ])('may be a text form: %j', (body, command) => {
    expect(parse(body)).toEqual(command)
  })
})

describe('the id for the reply', () => {
  it.each([
    ['1', '1'],
    ['x'.repeat(64), 'x'.repeat(64)],
    ['', undefined],
    ['x'.repeat(65), undefined],
    [7, undefined],
    [null, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('of %.20j is %.20j', (id, expected) => {
    expect(readId({ id })).toBe(expected)
  })
})

function parse(body: string): Command {
  return parseCommand(decodeFrame(body))
}

function refusal(body: string): { code: string; message: string } {
  try {
    parse(body)
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error(`accepted: ${body}`)
}

/** Arrays in arrays, as JSON. */
function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels)
}
