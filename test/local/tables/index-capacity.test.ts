import { expect, it } from 'vitest'
import { indexWriteUnits } from '../../../local/tables/index-capacity.ts'
import type { TableIndex } from '../../../local/template/dynamodb.ts'

const TABLE = {
  keySchema: [
    { AttributeName: 'room', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
}
const KEYS: TableIndex = {
  IndexName: 'byId',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'KEYS_ONLY' },
}
const NAMES: TableIndex = {
  IndexName: 'byName',
  KeySchema: [{ AttributeName: 'name', KeyType: 'HASH' }],
  Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
}
const ALL: TableIndex = { ...NAMES, Projection: { ProjectionType: 'ALL' } }

const KEY = { room: { S: 'tea' }, id: { S: '1' } }
const ANN = { ...KEY, name: { S: 'Ann' } }
const BOB = { ...KEY, name: { S: 'Bob' } }

/** With a note of so many bytes. */
function noted<Item extends object>(item: Item, bytes: number, letter = 'x') {
  return { ...item, note: { S: letter.repeat(bytes) } }
}

const OTHER = { other: { S: 'x'.repeat(3_000) } }

it.each<[string, TableIndex, object | undefined, object | undefined, number]>([
  ['an item that comes', NAMES, undefined, ANN, 1],
  ['an item that goes', NAMES, ANN, undefined, 1],
  ['an item that was never there', NAMES, undefined, undefined, 0],
  ['an item without its key', NAMES, KEY, { ...KEY, ...OTHER }, 0],
  ['an item that gets its key', NAMES, KEY, ANN, 1],
  ['an item that loses its key', NAMES, noted(ANN, 2_500), noted(KEY, 2_500), 3],
  ['an item that moves', NAMES, ANN, BOB, 2],
  ['a large item that becomes small as it moves', NAMES, noted(ANN, 2_500), BOB, 4],
  ['two halves that are rounded by themselves', NAMES, noted(ANN, 1_500), noted(BOB, 1_500), 4],
  ['an item that is written again as it was', NAMES, ANN, { ...ANN }, 0],
  ['the same in another order', NAMES, noted(ANN, 5), { note: { S: 'xxxxx' }, ...ANN }, 0],
  ['an item that grows', NAMES, ANN, noted(ANN, 2_500), 3],
  ['an item that shrinks', NAMES, noted(ANN, 2_500), ANN, 3],
  ['an item that stays as large', NAMES, noted(ANN, 600), noted(ANN, 600, 'y'), 1],
  ['what the index does not keep', NAMES, ANN, { ...ANN, ...OTHER }, 0],
  ['what an index of all keeps', ALL, ANN, { ...ANN, ...OTHER }, 3],
  ['an index of keys alone', KEYS, undefined, noted(ANN, 2_500), 1],
  ['a change beside the keys', KEYS, ANN, BOB, 0],
])('an index is billed for %s', (_, index, before, after, units) => {
  const item = (given: object | undefined) => given && { ...given }
  expect(indexWriteUnits(index, TABLE, item(before), item(after))).toBe(units)
})

/** What is left of a unit beside the keys, which take 4 + 3 + 2 + 1 + 4 + 3, and the name `note`. */
const ROOM = 1_024 - 17 - 4

it.each<[string, object, object]>([
  ['text', { S: 'x'.repeat(ROOM) }, { S: 'x'.repeat(ROOM + 1) }],
  [
    'text of several bytes a character',
    { S: 'é'.repeat((ROOM - 1) / 2) },
    { S: 'é'.repeat((ROOM + 1) / 2) },
  ],
  ['binary data', binary(ROOM), binary(ROOM + 1)],
  ['numbers', list(number(ROOM - 4)), list(number(ROOM - 3))],
  ['sets of text', { SS: ['a', 'x'.repeat(ROOM - 1)] }, { SS: ['a', 'x'.repeat(ROOM)] }],
  ['sets of binary data', { BS: [binary(ROOM).B] }, { BS: [binary(ROOM + 1).B] }],
  ['lists', list({ S: 'x'.repeat(ROOM - 4) }), list({ S: 'x'.repeat(ROOM - 3) })],
  ['maps', { M: { a: { S: 'x'.repeat(ROOM - 5) } } }, { M: { a: { S: 'x'.repeat(ROOM - 4) } } }],
  [
    'booleans',
    list({ BOOL: true }, { S: 'x'.repeat(ROOM - 6) }),
    list({ BOOL: true }, { S: 'x'.repeat(ROOM - 5) }),
  ],
  [
    'nulls',
    list({ NULL: true }, { S: 'x'.repeat(ROOM - 6) }),
    list({ NULL: true }, { S: 'x'.repeat(ROOM - 5) }),
  ],
])('counts the bytes of %s', (_, fitting, larger) => {
  const units = (note: object) => indexWriteUnits(NAMES, TABLE, undefined, { ...ANN, note })
  expect([units(fitting), units(larger)]).toEqual([1, 2])
})

function binary(bytes: number) {
  return { B: Buffer.alloc(bytes).toString('base64') }
}

function list(...items: object[]) {
  return { L: items }
}

/** A number that takes so many bytes: two digits each, and one. */
function number(bytes: number) {
  return { N: '1'.repeat((bytes - 1) * 2) }
}
