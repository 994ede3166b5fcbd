import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { readJob } from '../../lambdas/core/job.ts'
import type { FaultPlan, Local } from '../../local/index.ts'
import { dumpTable, dynamoDbClient, itemOf, tableCalled, wellFormedId } from '../support/backend.ts'
import { Crowd } from '../support/crowd.ts'
import { DeliveryQueues } from '../support/delivery-queues.ts'
import { editedAssembly, setVariable } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { IS_LARGE } from '../support/scale.ts'
import { startStack } from '../support/stack.ts'

// `npm run test:large` has 10,000 recipients and the stack's own settings.
const RECIPIENTS = IS_LARGE ? 10_000 : 200
const SEEDS = IS_LARGE ? [1, 2, 3, 4, 5] : [1, 2]
const CHUNK_SIZE = IS_LARGE ? 1_000 : 40

/** Of a hundred, one has left without a word. */
const GONE = RECIPIENTS / 100

const WORKER = 'RealtimeDeliveryDeliverFunction*'

/** What everything must outlive. */
const BAD_DAY: FaultPlan['rules'] = [
  { on: 'connections', operation: 'POST', status: 429, probability: 0.2 },
  { on: 'connections', operation: 'POST', status: 500, probability: 0.05 },
  { on: 'connections', operation: 'POST', reset: 'before', probability: 0.005 },
  { on: 'connections', operation: 'POST', reset: 'after', probability: 0.005 },
  { on: 'function', function: WORKER, kill: { afterCalls: CHUNK_SIZE / 2 }, probability: 0.1 },
  { on: 'queue', duplicate: true, probability: 0.05 },
]

let local: Local
let queues: DeliveryQueues
let crowd: Crowd

beforeAll(async () => {
  local = await startStack({
    assembly: IS_LARGE ? inject('assembly') : smallChunks(),
    // They come as fast as the machine lets them.
    quotas: { newConnectionsPerSecond: RECIPIENTS },
  })
  queues = await DeliveryQueues.of(local)
  crowd = await Crowd.connect(local.url, RECIPIENTS)
}, 300_000)

afterEach(() => local.faults.clear())

afterAll(async () => {
  crowd.leave()
  await local.close()
}, 300_000)

describe(`a message to ${RECIPIENTS} on a bad day`, () => {
  it.each(SEEDS)(
    'reaches each of them, and those who are gone are taken out, with seed %i',
    async (seed) => {
      await listGone()
      local.faults.set({ seed, rules: BAD_DAY })
      const { id, queued } = await crowd.broadcast(`seed ${seed}`)
      expect(queued).toBe(true)
      await delivered()
      expect(await crowd.missing(id)).toEqual([])
      expect(await queues.givenUp()).toBe(0)
      expect(local.trace.ofKind('fault').length).toBeGreaterThan(RECIPIENTS / 5)
      // A worker that ran out of time deletes nobody: the next message meets who is left.
      local.faults.clear()
      await crowd.broadcast(`after seed ${seed}`)
      await delivered()
      expect(await dumpTable(local)).toHaveLength(RECIPIENTS)
    },
    300_000,
  )
})

describe('the hardest moments', () => {
  it('a worker that is killed after half a chunk leaves nobody out', async () => {
    const kill = { afterCalls: CHUNK_SIZE / 2 }
    // The first invocation cuts the audience into chunks.
    local.faults.set({ rules: [{ on: 'function', function: WORKER, kill, at: [2] }] })
    const { id } = await crowd.broadcast('half a chunk')
    await delivered()
    expect(await crowd.missing(id)).toEqual([])
    // The first half got it twice, with the same id, and nobody else did.
    const copies = await crowd.copiesOf(id)
    const twice = copies.filter((count) => count === 2).length
    expect(twice).toBeGreaterThan(0)
    expect(twice).toBeLessThan(CHUNK_SIZE)
    expect(Math.max(...copies)).toBe(2)
  }, 300_000)

  it('S12: jobs that are delivered twice at once give everybody the message under one id', async () => {
    const before = await crowd.counts()
    local.faults.set({ rules: [{ on: 'queue', duplicate: true }] })
    const { id } = await crowd.broadcast('twice')
    await delivered()
    expect(await crowd.missing(id)).toEqual([])
    expect(Math.max(...(await crowd.copiesOf(id)))).toBeGreaterThan(1)
    expect((await crowd.counts()).messages).toBe(before.messages + 1)
  }, 300_000)
})

describe('what was given up', () => {
  it('is in the dead-letter queue, nothing else is, and arrives when it is put back', async () => {
    // Another attempt would meet the same.
    const refusal = { on: 'connections', operation: 'POST', status: 403 } as const
    local.faults.set({ rules: [{ ...refusal, probability: 0.1, times: 7 }] })
    const { id } = await crowd.broadcast('refused')
    await delivered()
    const missing = await crowd.missing(id)
    expect(missing).toHaveLength(7)
    const jobs = (await queues.readGivenUp()).map((body) => readJob(body))
    const givenUp = jobs.flatMap((job) =>
      job && 'connectionIds' in job ? job.connectionIds : ['an audience'],
    )
    expect(givenUp.toSorted()).toEqual(missing.toSorted())

    await local.clock.advance('2 seconds')
    local.faults.clear()
    await queues.redrive()
    await eventually(async () => (await queues.givenUp()) === 0)
    await delivered()
    expect(await crowd.missing(id)).toEqual([])
    expect(Math.max(...(await crowd.copiesOf(id)))).toBe(1)
  }, 300_000)
})

/** How far time is moved on at once: less than the ten minutes after which a silent client is cut. */
const STEP_SECONDS = 30

/** Moves time on until no job is left, but only while nothing happens. */
async function delivered(): Promise<void> {
  for (let step = 1; step < 200; step += 1) {
    await quiet()
    if ((await queues.waiting()) === 0) return
    await local.clock.advance(`${STEP_SECONDS} seconds`)
    if ((step * STEP_SECONDS) % 240 === 0) await crowd.stayAlive()
  }
  throw new Error(`jobs that are never done: ${await queues.waiting()}`)
}

async function quiet(): Promise<void> {
  for (let before = -1; before !== (await happened());) {
    before = await happened()
    await sleep(IS_LARGE ? 250 : 100)
  }
}

async function happened(): Promise<number> {
  const { frames } = await crowd.counts()
  return frames + local.trace.ofKind('fault').length
}

/** Connections that are listed still, since long ago, and that API Gateway knows nothing of. */
async function listGone(): Promise<void> {
  const client = dynamoDbClient(local)
  const TableName = await tableCalled('Connections', client)
  for (let index = 0; index < GONE; index += 1) {
    const Item = itemOf(wellFormedId(index), local.clock.now())
    await client.send(new PutItemCommand({ TableName, Item }))
  }
}

/** The stack with chunks that a small crowd makes several of. */
function smallChunks(): string {
  return editedAssembly(inject('assembly'), (template) => {
    setVariable(template, 'CHUNK_SIZE', CHUNK_SIZE)
    setVariable(template, 'INLINE_LIMIT', CHUNK_SIZE)
  })
}
