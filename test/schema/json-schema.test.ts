import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { assert, asyncProperty, oneof, property } from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../lambdas/core/errors.ts'
import { onMessage } from '../../lambdas/core/on-message.ts'
import { decodeFrame, parseCommand } from '../../lambdas/core/schema.ts'
import { protocolSchema } from '../../schema/json-schema.ts'
import { anyCommand, anyJson } from '../property/arbitrary-frames.ts'
import { cases } from '../property/cases.ts'
import { FakeDelivery, NEVER_MS } from '../support/fake-delivery.ts'
import { ROOT } from '../support/root.ts'

const committed = readFileSync(join(ROOT, 'docs', 'protocol.schema.json'), 'utf8')
const schema = v.parse(v.looseObject({}), JSON.parse(committed))
const ajv = new Ajv2020({ allowUnionTypes: true }).addSchema(schema, 'protocol')

/** Whether a frame is what the schema calls so. */
function isA(name: string, frame: unknown): boolean {
  const validate = ajv.getSchema(`protocol#/$defs/${name}`)
  if (!validate) throw new Error(`no definition ${name}`)
  return validate(frame) === true
}

/** Why the Lambda refuses a frame; undefined: it does not. */
function refusalOf(text: string): string | undefined {
  try {
    parseCommand(decodeFrame(text))
    return undefined
  } catch (error) {
    if (error instanceof ProtocolError) return error.message
    throw error
  }
}

/** What the descriptions say instead. */
const BEYOND =
  /levels of arrays|whole Unicode|without control|id: expected a string of 1 to 64|room: expected a room's name|user: expected a user's name/

it('docs/protocol.schema.json is what `npm run schema` writes', () => {
  expect(committed).toBe(`${JSON.stringify(protocolSchema(), undefined, 2)}\n`)
})

const SENT = '"action":"sendmessage"'

describe('the schema and the Lambda both', () => {
  it.each([
    `{${SENT},"data":null}`,
    `{${SENT},"data":-1.7976931348623157e308}`,
    `{${SENT},"data":{"a":[1,{"b":""}],"toString":1},"echo":false}`,
    `{${SENT},"data":1,"id":"x","to":"L0SM9cOFvHcCIhw="}`,
    `{${SENT},"data":1,"id":"${'✓'.repeat(64)}","to":"${'x'.repeat(128)}"}`,
    `{${SENT},"data":1,"to":{"room":"${'✓'.repeat(128)}"}}`,
    `{${SENT},"data":1,"to":{"user":"${'😀'.repeat(255)}"}}`,
    '{"action":"join","room":"r","id":"x","announce":true}',
    '{"action":"leave","room":"toString"}',
    '{"action":"members","room":"r","after":"L0SM9cOFvHcCIhw="}',
  ])('take %s', (text) => {
    expect(refusalOf(text)).toBeUndefined()
    const frames = ['SendMessage', 'Join', 'Leave', 'ListMembers']
    expect(frames.filter((name) => isA(name, JSON.parse(text)))).toHaveLength(1)
    expect(isA('ClientMessage', JSON.parse(text))).toBe(true)
  })

  it.each([
    'null',
    '[]',
    '"hi"',
    '{}',
    '{"action":7,"data":1}',
    '{"action":"fly","data":1}',
    '{"__proto__":{"action":"sendmessage"},"data":1}',
    `{${SENT}}`,
    `{${SENT},"data":1,"room":"r"}`,
    `{${SENT},"data":1,"__proto__":1}`,
    `{${SENT},"data":1,"toString":1}`,
    `{${SENT},"data":1,"id":""}`,
    `{${SENT},"data":1,"id":7}`,
    `{${SENT},"data":1,"id":null}`,
    `{${SENT},"data":1,"id":"${'x'.repeat(65)}"}`,
    `{${SENT},"data":1,"to":""}`,
    `{${SENT},"data":1,"to":"../x"}`,
    `{${SENT},"data":1,"to":"A=\\n"}`,
    `{${SENT},"data":1,"to":"${'x'.repeat(129)}"}`,
    `{${SENT},"data":1,"to":{}}`,
    `{${SENT},"data":1,"to":{"room":""}}`,
    `{${SENT},"data":1,"to":{"room":"r","user":"u"}}`,
    `{${SENT},"data":1,"to":{"user":7}}`,
    '{"action":"join"}',
    '{"action":"join","room":""}',
    `{"action":"join","room":"${'x'.repeat(129)}"}`,
    '{"action":"join","room":"r","announce":1}',
    '{"action":"leave","room":"r","data":1}',
    '{"action":"members","room":"r","after":"../x"}',
    `{${SENT},"data":1,"echo":"false"}`,
    `{${SENT},"data":1e309}`,
    `{${SENT},"data":{"a":[0,-1e999]}}`,
    `{${SENT},"data":[{"__proto__":{"admin":true}}]}`,
  ])('refuse %s', (text) => {
    expect(refusalOf(text)).toEqual(expect.any(String))
    expect(isA('ClientMessage', JSON.parse(text))).toBe(false)
  })

  it('say the same of whatever comes, but for what the descriptions tell', () => {
    const tally = { taken: 0, refused: 0 }
    const agree = property(oneof(anyCommand, anyJson), (text) => {
      const refusal = refusalOf(text)
      const isTaken = isA('ClientMessage', JSON.parse(text))
      tally[isTaken ? 'taken' : 'refused'] += 1
      if (refusal === undefined) expect(isTaken).toBe(true)
      else if (isTaken) expect(refusal).toMatch(BEYOND)
    })
    assert(agree, cases(2_000))
    expect(Math.min(tally.taken, tally.refused)).toBeGreaterThan(100)
  })
})

it.each([
  `{${SENT},"data":${'['.repeat(101)}${']'.repeat(101)}}`,
  `{${SENT},"data":{"\\ud800":1}}`,
  `{${SENT},"data":1,"id":"a\\u200b"}`,
  `{${SENT},"data":1,"id":"${'😀'.repeat(33)}"}`,
  `{${SENT},"data":1,"to":{"room":"${'😀'.repeat(65)}"}}`,
  `{${SENT},"data":1,"to":{"user":"a\\u200b"}}`,
])('the Lambda alone refuses %s, as a description says', (text) => {
  expect(isA('SendMessage', JSON.parse(text))).toBe(true)
  expect(refusalOf(text)).toMatch(BEYOND)
})

it('a ping may have what API Gateway ignores', () => {
  expect(isA('ClientMessage', { action: 'ping', id: 7 })).toBe(true)
  expect(isA('ClientMessage', { action: 'Ping' })).toBe(false)
})

/** Fields that may be an empty list. */
const TAKES_ANYTHING = new Map([
  ['Message', ['data']],
  ['Members', ['connectionIds']],
])

describe('what the server sends', () => {
  const ack = { type: 'ack', re: '7', id: 'm' }
  const connectionId = 'L0SM9cOFvHcCIhw='
  const retryAfterMs = 1

  it.each([
    [
      'Message',
      { type: 'message', id: 'm', from: 'A=', user: 'u', to: 'you', data: 1 },
      'from,user',
    ],
    ['Message', { type: 'message', id: 'm', to: { room: 'r' }, data: 1 }, ''],
    ['RoomAck', { type: 'ack', re: '7', room: 'r', group: 'g' }, 're'],
    [
      'Members',
      { type: 'members', re: '7', room: 'r', connectionIds: ['A='], next: 'A=' },
      're,next',
    ],
    ['Joined', { type: 'joined', id: 'm', group: 'g', connectionId, user: 'u' }, 'user'],
    ['Left', { type: 'left', id: 'm', group: 'g', connectionId }, ''],
    ['DeliveredAck', { ...ack, sent: 1, gone: 0, failed: 0 }, 're'],
    ['QueuedAck', { ...ack, queued: true }, 're'],
    ['Pong', { type: 'pong', connectionId }, ''],
    [
      'ErrorMessage',
      {
        type: 'error',
        re: '7',
        code: 'INTERNAL',
        message: 'm',
        retryAfterMs,
        room: 'r',
        user: 'u',
      },
      're,retryAfterMs,room,user',
    ],
    ['GatewayMessage', { message: 'Forbidden', connectionId, requestId: 'r' }, ''],
  ])('%s has its fields, in their form, and may have more one day', (name, frame, optional) => {
    expect(isA(name, { ...frame, more: 1 })).toBe(true)
    expect(ajv.validate('protocol', frame)).toBe(true)
    const fields = Object.keys(frame)
    const without = (field: string) =>
      Object.fromEntries(Object.entries(frame).filter(([key]) => key !== field))
    expect(fields.filter((field) => isA(name, without(field))).join()).toBe(optional)
    const takesAnything = fields.filter((field) => isA(name, { ...frame, [field]: [] }))
    expect(takesAnything).toEqual(TAKES_ANYTHING.get(name) ?? [])
  })

  it('is such a frame, whatever it answers', async () => {
    const fits = asyncProperty(anyCommand, async (text) => {
      const deps = new FakeDelivery([['Sender=', 'A=']], { 'Target=': ['gone'] })
      deps.memberships.put('room a', 'Sender=', 'A=')
      const announced = { connectionId: 'Sender=', expiresAt: 0, announcement: 'before' }
      deps.memberships.items.push({ ...announced, group: 'room b' })
      const reply = await onMessage(text, { connectionId: 'Sender=', user: 'u' }, NEVER_MS, deps)
      expect(isA('ServerMessage', JSON.parse(JSON.stringify(reply)))).toBe(true)
      for (const { frame } of deps.posts) expect(isA('Message', JSON.parse(frame))).toBe(true)
      for (const frame of deps.queue.frames) expect(isA('ServerMessage', frame)).toBe(true)
    })
    await assert(fits, cases(500))
  })
})
