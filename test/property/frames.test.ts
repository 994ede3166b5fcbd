import { asyncProperty, assert, type Arbitrary } from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { onMessage } from '../../lambdas/core/on-message.ts'
import type { ServerMessage } from '../../protocol/messages.ts'
import { FakeDelivery, NEVER_MS } from '../support/fake-delivery.ts'
import { anyBytes, anyCommand, anyJson, anyText, anyTextForm } from './arbitrary-frames.ts'
import { cases } from './cases.ts'

const SENDER = {
  connectionId: 'Sender=',
  user: 'alice',
  expiresAt: NEVER_MS,
  // All but one that the frames name.
  rooms: ['a*', 'b*', 'x*'],
}
const ONLINE = ['Sender=', 'A=', 'B=']

/** JSON.stringify writes only such surrogates as escapes, and a backslash as two. */
const HALF_A_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

const re = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64)))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const errorText = v.pipe(v.string(), v.minLength(10), v.maxLength(300))
const replySchema = v.union([
  v.strictObject({
    type: v.literal('ack'),
    re,
    id: v.literal('message-1'),
    sent: count,
    gone: count,
    failed: count,
  }),
  v.strictObject({ type: v.literal('ack'), re, room: v.string(), group: v.string() }),
  v.strictObject({
    type: v.literal('members'),
    re,
    room: v.string(),
    connectionIds: v.array(v.picklist(ONLINE)),
  }),
  v.strictObject({
    type: v.literal('error'),
    re,
    code: v.picklist(['BAD_MESSAGE', 'UNKNOWN_ACTION', 'TOO_LARGE', 'NOT_CONNECTED']),
    message: errorText,
  }),
  // It says of what, because it closes the connection otherwise.
  v.strictObject({
    type: v.literal('error'),
    re,
    code: v.literal('FORBIDDEN'),
    message: errorText,
    room: v.string(),
  }),
])
const messageSchema = v.strictObject({
  type: v.literal('message'),
  id: v.literal('message-1'),
  from: v.literal('Sender='),
  user: v.literal('alice'),
  to: v.union([v.picklist(['everyone', 'you']), v.strictObject({ room: v.string() })]),
  data: v.unknown(),
})
const announcement = { group: v.string(), connectionId: v.literal('Sender=') }
const announcedSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('joined'),
    id: v.picklist(['message-1', 'before']),
    user: v.literal('alice'),
    ...announcement,
  }),
  v.strictObject({ type: v.literal('left'), id: v.literal('before-left'), ...announcement }),
])

/** Everybody is online but the target of a private message, who is gone, and bob. */
async function answer(body: string): Promise<{ reply: ServerMessage; deps: FakeDelivery }> {
  const deps = new FakeDelivery([ONLINE], { 'Target=': ['gone'] })
  deps.roomsAreListed = true
  deps.hasUsers = true
  deps.memberships.put('user alice', 'Sender=', 'B=')
  deps.memberships.put('user bob', 'Target=')
  deps.memberships.put('room a', 'A=', 'B=')
  const announced = { connectionId: 'Sender=', expiresAt: 0, announcement: 'before' }
  deps.memberships.items.push({ ...announced, group: 'room b' })
  const reply = await onMessage(body, SENDER, NEVER_MS, deps)
  if (!reply) throw new Error('no reply')
  return { reply, deps }
}

/** What a frame has to come to, whatever stands in it. */
async function isAnsweredOnce(body: string): Promise<void> {
  const { reply, deps } = await answer(body)
  // It is what arrives: a frame of JSON.
  expect(v.safeParse(replySchema, JSON.parse(JSON.stringify(reply))).issues).toBeUndefined()
  expect(deps.reports).toEqual([])
  expect(deps.disconnected).toEqual([])
  for (const frame of deps.queue.frames) {
    expect(v.safeParse(announcedSchema, frame).issues).toBeUndefined()
  }
  if (reply.type === 'error') {
    expect(deps.posts.every(({ connectionId }) => connectionId === 'Target=')).toBe(true)
    return
  }
  expect(new Set(deps.recipients).size).toBe(deps.recipients.length)
  for (const { frame } of deps.posts) {
    const message: unknown = JSON.parse(frame)
    expect(v.safeParse(messageSchema, message).issues).toBeUndefined()
    const { data } = v.parse(messageSchema, message)
    if (!/^(BROADCAST|PRIVATE):/.test(body)) expect(data).toEqual(sentData(body))
    expect(frame).not.toMatch(HALF_A_PAIR)
  }
}

/** The data as it stood in the frame; JSON writes -0 as 0. */
function sentData(body: string): unknown {
  const zero = (_: string, value: unknown): unknown => (Object.is(value, -0) ? 0 : value)
  return v.parse(v.object({ data: v.unknown() }), JSON.parse(body, zero)).data
}

/** What is to come about often enough. */
function kindOf(reply: ServerMessage): string {
  if (reply.type === 'ack' && 'room' in reply) return 'ack of a room'
  if (reply.type !== 'error') return reply.type
  return ['FORBIDDEN', 'NOT_CONNECTED'].includes(reply.code) ? reply.code : 'error'
}

describe('a frame is answered with one typed reply, or is delivered, and never fails:', () => {
  it.each<[string, Arbitrary<string>, number]>([
    ['any text', anyText, 4_000],
    ['any bytes', anyBytes, 3_000],
    ['any JSON', anyJson, 4_000],
    ['any command', anyCommand, 6_000],
    ['any text form', anyTextForm, 2_000],
  ])('%s', async (_, frames, number) => {
    await assert(asyncProperty(frames, isAnsweredOnce), cases(number))
  })

  it('the commands are good ones often enough', async () => {
    const tally = new Map<string, number>()
    const tell = async (body: string): Promise<void> => {
      const { reply, deps } = await answer(body)
      const queued = deps.queue.frames.map((frame) => v.parse(announcedSchema, frame).type)
      for (const kind of [kindOf(reply), ...queued]) tally.set(kind, (tally.get(kind) ?? 0) + 1)
    }
    await assert(asyncProperty(anyCommand, tell), { numRuns: 1_000, seed: 1 })
    for (const kind of ['ack', 'ack of a room', 'members', 'error', 'FORBIDDEN']) {
      expect([kind, tally.get(kind)]).toEqual([kind, expect.toSatisfy((n) => n > 20)])
    }
    for (const kind of ['joined', 'left', 'NOT_CONNECTED']) {
      expect([kind, tally.get(kind)]).toEqual([kind, expect.toSatisfy((n) => n > 0)])
    }
  })
})
