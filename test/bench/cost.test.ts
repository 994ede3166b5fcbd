import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { expect, inject, it } from 'vitest'
import { dollars, messageUnits, NO_OPERATIONS } from '../../bench/prices.ts'
import { ROOT } from '../support/root.ts'

const costSchema = v.looseObject({
  messages: v.number(),
  invocations: v.number(),
  gigabyteSeconds: v.number(),
  readUnits: v.number(),
  writeUnits: v.number(),
  queueRequests: v.number(),
  dollarsPerMillion: v.number(),
})
const resultSchema = v.looseObject({
  connect: costSchema,
  disconnect: costSchema,
  ping: costSchema,
  private: costSchema,
  join: costSchema,
  leave: costSchema,
  disconnectFromRooms: costSchema,
  connectUser: costSchema,
  disconnectUser: costSchema,
  broadcasts: v.array(v.looseObject({ clients: v.number(), ...costSchema.entries })),
  rooms: v.array(v.looseObject({ clients: v.number(), ...costSchema.entries })),
})

/** Two stacks, and seconds of work. */
const LONG = { timeout: 60_000 }

const NO_TABLE = { readUnits: 0, writeUnits: 0, queueRequests: 0 }

it('npm run bench -- cost counts what AWS would bill for each event', LONG, async () => {
  const assemblies = [
    '--assembly',
    inject('assembly'),
    '--closed-assembly',
    inject('closedAssembly'),
  ]
  const options = ['--clients', '50,3', ...assemblies, '--json']
  const args = ['--import', 'tsx', 'bench/run.ts', 'cost', ...options]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  const result = v.parse(resultSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  const oneWrite = { messages: 0, invocations: 1, readUnits: 0, writeUnits: 1, queueRequests: 0 }
  // Half a unit: a page of the index, which may be a moment old.
  const looksForRooms = { ...oneWrite, readUnits: 0.5 }
  expect(result.connect).toMatchObject(oneWrite)
  expect(result.disconnect).toMatchObject(looksForRooms)
  // A membership, and its line in the index.
  expect(result.disconnectFromRooms).toMatchObject({ ...looksForRooms, writeUnits: 1 + 3 * 2 })
  expect(result.connectUser).toMatchObject({ ...oneWrite, invocations: 2, writeUnits: 1 + 2 })
  expect(result.disconnectUser).toMatchObject({ ...looksForRooms, writeUnits: 1 + 2 })
  expect(result.ping).toMatchObject({ messages: 2, invocations: 0, ...NO_TABLE })
  expect(result.private).toMatchObject({ messages: 3, invocations: 1, readUnits: 0 })
  // What counts a connection's messages: one write, and two where they follow each other fast.
  expect(isWithin(result.private.writeUnits, 1, 2)).toBe(true)
  expect(result.join).toMatchObject({ messages: 2, invocations: 1, readUnits: 0.5 })
  expect(isWithin(result.join.writeUnits, 2 + 1, 2 + 2)).toBe(true)
  expect(result.leave).toMatchObject({ messages: 2, invocations: 1, readUnits: 1 })
  expect(isWithin(result.leave.writeUnits, 2 + 1, 2 + 2)).toBe(true)
  // An id takes about 50 bytes of the 4 KB that a read unit reads, a membership about 90.
  expect(result.broadcasts).toMatchObject([
    { clients: 3, messages: 5, invocations: 1, readUnits: 1 },
    { clients: 50, messages: 52, invocations: 1, readUnits: 1 },
  ])
  expect(result.rooms).toMatchObject([
    { clients: 3, messages: 5, invocations: 1, readUnits: 1 },
    { clients: 50, messages: 52, invocations: 1, readUnits: 2 },
  ])
  expect(result.ping.dollarsPerMillion).toBe(2)
  expect(result.private.gigabyteSeconds).toBeGreaterThan(0)
})

function isWithin(units: number, least: number, most: number): boolean {
  return units >= least && units <= most
}

it('a message is metered in units of 32 KB', () => {
  expect([0, 1, 32 * 1024, 32 * 1024 + 1, 128 * 1024].map(messageUnits)).toEqual([1, 1, 1, 2, 4])
})

it('a million of everything costs what the prices say', () => {
  const each = (
    ['messages', 'invocations', 'readUnits', 'writeUnits', 'queueRequests'] as const
  ).map((operation) => dollars({ ...NO_OPERATIONS, [operation]: 1_000_000 }))
  expect(each).toEqual([1, 0.2, 0.125, 0.625, 0.4])
  expect(dollars({ ...NO_OPERATIONS, gigabyteSeconds: 1_000_000 })).toBeCloseTo(13.3334)
})
