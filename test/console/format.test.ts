import { describe, expect, it } from 'vitest'
import { SwitchboardError } from '../../client/index.ts'
import {
  describeError,
  describeMembers,
  describeReceipt,
  formatDuration,
  formatTime,
} from '../../console/format.ts'
import { attributeNames, describeStored } from '../../console/stored-value.ts'

describe('a duration', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [188_000, '3 min 8 s'],
    [3_599_999, '59 min 59 s'],
    [3_600_000, '1 h'],
    [7_800_000, '2 h 10 min'],
    [90_000_000, '25 h'],
  ])('of %i ms reads "%s"', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })
})

it('a time is shown to the second', () => {
  expect(formatTime(Date.now())).toMatch(/^\d\d:\d\d:\d\d$/)
})

describe('what became of a message', () => {
  it.each([
    [{ id: '1', sent: 2, gone: 0, failed: 0 }, '2 sent.'],
    [{ id: '1', sent: 0, gone: 1, failed: 1 }, '0 sent, 1 gone, 1 failed.'],
    [{ id: '1', queued: true } as const, 'Queued: the delivery goes on.'],
  ])('%j reads "%s"', (receipt, text) => {
    expect(describeReceipt(receipt)).toBe(text)
  })

  it('has its code when it is a typed error', () => {
    const error = new SwitchboardError('NOT_CONNECTED', 'abc is not connected')
    expect(describeError(error)).toBe('NOT_CONNECTED: abc is not connected')
    expect(describeError(new TypeError('no URL'))).toBe('no URL')
    expect(describeError('thrown')).toBe('thrown')
  })
})

describe('what is stored', () => {
  it.each([
    [{ S: 'L0SM9cOFvHcCIhw=' }, 'L0SM9cOFvHcCIhw='],
    [{ N: '1700000000' }, '1700000000'],
    [{ BOOL: true }, '{"BOOL":true}'],
    [{ M: { a: { S: 'b' } } }, '{"M":{"a":{"S":"b"}}}'],
    [undefined, ''],
  ])('%j reads "%s"', (value, text) => {
    expect(describeStored(value)).toBe(text)
  })

  it('has a column for each attribute that some item has', () => {
    const items = [
      new Map([['id', 1]]),
      new Map([
        ['id', 2],
        ['__proto__', 3],
      ]),
    ]
    expect(attributeNames(items)).toEqual(['id', '__proto__'])
    expect(attributeNames([])).toEqual([])
  })
})

describe('who is in a room reads', () => {
  const nameOf = (id: string): string => (id.startsWith('own') ? `client ${id.slice(3)}` : id)
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `id${index}`)

  it.each([
    [[], 'nobody'],
    [['xyz=', 'own2', 'own1'], 'client 1, client 2, xyz='],
    [ids(12), ids(12).join(', ')],
    [[...ids(12), 'own1'], `client 1, ${ids(11).join(', ')}, 1 more`],
  ])('%j: %s', (connectionIds, text) => {
    expect(describeMembers({ room: 'lobby', connectionIds }, nameOf)).toBe(text)
  })

  it('with what is not known of them when there is another page', () => {
    const page = { room: 'lobby', connectionIds: ids(20), next: 'id19' }
    expect(describeMembers(page, nameOf)).toBe(`${ids(12).join(', ')}, more than 8 more`)
  })
})
