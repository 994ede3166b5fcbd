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
  broadcasts: v.array(v.looseObject({ clients: v.number(), ...costSchema.entries })),
})

const NO_TABLE = { readUnits: 0, writeUnits: 0, queueRequests: 0 }

it('npm run bench -- cost counts what AWS would bill for each event', async () => {
  const options = ['--clients', '120,3', '--assembly', inject('assembly'), '--json']
  const args = ['--import', 'tsx', 'bench/run.ts', 'cost', ...options]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  const result = v.parse(resultSchema, JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  const oneWrite = { messages: 0, invocations: 1, readUnits: 0, writeUnits: 1, queueRequests: 0 }
  expect(result.connect).toMatchObject(oneWrite)
  expect(result.disconnect).toMatchObject(oneWrite)
  expect(result.ping).toMatchObject({ messages: 2, invocations: 0, ...NO_TABLE })
  expect(result.private).toMatchObject({ messages: 3, invocations: 1, readUnits: 0 })
  // What counts a connection's messages: one write, and two where they follow each other fast.
  expect(result.private.writeUnits).toBeGreaterThanOrEqual(1)
  expect(result.private.writeUnits).toBeLessThanOrEqual(2)
  // An id takes about 50 bytes of the 4 KB that half a read unit reads.
  expect(result.broadcasts).toMatchObject([
    { clients: 3, messages: 5, invocations: 1, readUnits: 0.5 },
    { clients: 120, messages: 122, invocations: 1, readUnits: 1 },
  ])
  expect(result.ping.dollarsPerMillion).toBe(2)
  expect(result.private.gigabyteSeconds).toBeGreaterThan(0)
})

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
