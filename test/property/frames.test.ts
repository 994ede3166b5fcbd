import { asyncProperty, assert, type Arbitrary } from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { onMessage } from '../../lambdas/core/on-message.ts'
import type { ServerMessage } from '../../protocol/messages.ts'
import { FakeDelivery, NEVER_MS } from '../support/fake-delivery.ts'
import { anyBytes, anyCommand, anyJson, anyText, anyTextForm } from './arbitrary-frames.ts'
import { cases } from './cases.ts'

const SENDER = { connectionId: 'Sender=', user: 'alice', expiresAt: NEVER_MS }
const ONLINE = ['Sender=', 'A=', 'B=']

/** JSON.stringify writes only such surrogates as escapes, and a backslash as two. */
const HALF_A_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/

const re = v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(64)))
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const replySchema = v.variant('type', [
  v.strictObject({
    type: v.literal('ack'),
    re,
    id: v.literal('message-1'),
    sent: count,
    gone: count,
    failed: count,
  }),
  v.strictObject({
    type: v.literal('error'),
    re,
    code: v.picklist(['BAD_MESSAGE', 'UNKNOWN_ACTION', 'TOO_LARGE', 'NOT_CONNECTED']),
    message: v.pipe(v.string(), v.minLength(10), v.maxLength(300)),
  }),
])
const messageSchema = v.strictObject({
  type: v.literal('message'),
  id: v.literal('message-1'),
  from: v.literal('Sender='),
  user: v.literal('alice'),
  to: v.picklist(['everyone', 'you']),
  data: v.unknown(),
})

/** Everybody is online but the target of a private message, who is gone. */
async function answer(body: string): Promise<{ reply: ServerMessage; deps: FakeDelivery }> {
  const deps = new FakeDelivery([ONLINE], { 'Target=': ['gone'] })
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
    const tally = { ack: 0, error: 0 }
    const tell = async (body: string): Promise<void> => {
      const { reply } = await answer(body)
      if (reply.type === 'ack' || reply.type === 'error') tally[reply.type] += 1
    }
    await assert(asyncProperty(anyCommand, tell), { numRuns: 500, seed: 1 })
    expect(tally.ack).toBeGreaterThan(50)
    expect(tally.error).toBeGreaterThan(50)
  })
})
