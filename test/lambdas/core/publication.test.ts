import { describe, expect, it } from 'vitest'
import { parsePublication, toJob } from '../../../lambdas/core/publication.ts'
import { groupOf } from '../../support/fake-delivery.ts'

const RECEIVED = { messageId: 'c0ffee00-0000-4000-8000-000000000000', sentMs: 7 }
const MAX_MESSAGE_BYTES = 131_072

/** What the worker makes of it. */
const jobOf = (publication: object): unknown =>
  toJob(parsePublication(publication), RECEIVED, { of: groupOf })

/** The frame that recipients get; it has no `from`. */
const frame = (to: unknown, id = RECEIVED.messageId): string =>
  JSON.stringify({ type: 'message', id, to, data: 'hi' })

describe('a publication', () => {
  it.each([
    { to: 'everyone', shown: 'everyone', audience: { audience: 'everyone' } },
    {
      to: { room: 'lobby' },
      shown: { room: 'lobby' },
      audience: { audience: { group: 'room lobby' } },
    },
    { to: { user: 'alice' }, shown: 'you', audience: { audience: { group: 'user alice' } } },
    {
      to: 'L0SM9cOFvHcCIhw=',
      shown: 'you',
      audience: { connectionIds: ['L0SM9cOFvHcCIhw='] },
    },
  ])('to $to is a job', ({ to, shown, audience }) => {
    expect(jobOf({ to, data: 'hi' })).toEqual({ frame: frame(shown), sinceMs: 7, ...audience })
  })

  it('has its own id, so that recipients drop what is published twice', () => {
    const id = '0b5c1a9e-3f57-4d0e-9a43-6f1f2f9e7c11'
    expect(jobOf({ to: 'everyone', data: 'hi', id })).toMatchObject({
      frame: frame('everyone', id),
    })
  })

  it.each([null, false, 0, '', [], {}, [{ a: [1, null] }], 'x'.repeat(10_000)])(
    'may be any JSON: %j',
    (data) => {
      expect(parsePublication({ to: 'everyone', data })).toEqual({ to: 'everyone', data })
    },
  )
})

describe('what is no publication is refused, and named:', () => {
  const TO =
    'to: expected "everyone", {"room":"<name>"}, {"user":"<name>"} or a connectionId such as "L0SM9cOFvHcCIhw="'
  const ROOM = "to.room: expected a room's name of 1 to 128 characters"

  it.each([
    [null, 'expected an object such as {"to":"everyone","data":"hi"}, received null'],
    [[], 'expected an object such as'],
    ['hi', 'received "hi"'],
    [{ to: 'everyone' }, 'data: expected a value, received nothing'],
    [{ data: 1 }, 'to: expected a value, received nothing'],
    [{ to: 'every one', data: 1 }, `${TO}, received "every one"`],
    [{ to: '../x', data: 1 }, TO],
    [{ to: '', data: 1 }, TO],
    [{ to: 7, data: 1 }, `${TO}, received 7`],
    [{ to: null, data: 1 }, `${TO}, received null`],
    [{ to: {}, data: 1 }, TO],
    [{ to: { room: '' }, data: 1 }, ROOM],
    [{ to: { room: 'a', user: 'b' }, data: 1 }, TO],
    [{ to: { room: 'x'.repeat(129) }, data: 1 }, ROOM],
    [{ to: { room: 'a\u200bb' }, data: 1 }, "to.room: expected a room's name without control"],
    [{ to: { user: 'x'.repeat(256) }, data: 1 }, "to.user: expected a user's name of 1 to 255"],
    [{ to: 'everyone', data: 1, id: '' }, 'id: expected a string of 1 to 64 characters'],
    [{ to: 'everyone', data: 1, id: 7 }, 'id: expected a string of 1 to 64 characters'],
    [{ to: 'everyone', data: 1, id: 'x'.repeat(65) }, 'id: expected'],
    [{ to: 'everyone', data: 1, echo: false }, 'echo: no such field, expected only to, data, id'],
    [{ to: 'everyone', data: 1, room: 'lobby' }, 'room: no such field'],
    [{ to: 'everyone', data: '\ud800' }, 'data: expected'],
  ])('%j', (value, message) => {
    expect(() => parsePublication(value)).toThrow(
      expect.objectContaining({ code: 'BAD_MESSAGE', message: expect.stringContaining(message) }),
    )
  })

  it('data that is too deep', () => {
    const data: unknown = JSON.parse(`${'['.repeat(101)}${']'.repeat(101)}`)
    expect(() => parsePublication({ to: 'everyone', data })).toThrow(/^data/)
  })
})

describe('a large publication', () => {
  const emptyBytes = Buffer.byteLength(frame('everyone')) - 'hi'.length

  it('is taken when its frame has 131,072 bytes with an id of the queue', () => {
    const data = 'x'.repeat(MAX_MESSAGE_BYTES - emptyBytes)
    const { frame: text } = Object(jobOf({ to: 'everyone', data }))
    expect(Buffer.byteLength(String(text))).toBe(MAX_MESSAGE_BYTES)
    expect(() => parsePublication({ to: 'everyone', data: `${data}x` })).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })

  it('is measured with its own id', () => {
    const data = 'x'.repeat(MAX_MESSAGE_BYTES - emptyBytes)
    const parse = (length: number) =>
      parsePublication({ to: 'everyone', data, id: 'x'.repeat(length) })
    expect(parse(36)).toMatchObject({ to: 'everyone' })
    expect(() => parse(37)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
  })
})
