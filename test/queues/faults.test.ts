import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AssemblyError, startLocal } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { editedAssembly } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { permissionsOf, withdraw } from '../support/permissions.ts'
import { start, synthesizeFixture } from './fixture-app.ts'
import { batches, counts, sendJobs } from './jobs.ts'

let assembly: string
let remove: () => void

beforeAll(() => {
  ;[assembly, remove] = synthesizeFixture()
})
afterAll(() => remove())

describe('a fault', () => {
  it('that ends a worker midway brings its message back after the visibility timeout', async () => {
    const local = await start({
      assembly,
      faults: {
        rules: [
          { on: 'function', function: 'Queues-WorkPair*', kill: { afterCalls: 1 }, times: 1 },
        ],
      },
    })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'PAIR', [{ text: 'done' }])
    expect(await client.nextText()).toBe('done')
    await eventually(() =>
      local.trace.ofKind('invocation').some(({ error }) => error === 'Runtime.ExitError'),
    )
    await local.clock.advance('50 seconds')
    expect(await counts(local, 'Pair')).toBe('0 visible, 1 in flight')
    await local.clock.advance('10 seconds')
    expect(await client.nextText()).toBe('done')
    const received = batches(local, 'Pair').flat()
    expect(received.map(({ attributes }) => attributes.ApproximateReceiveCount)).toEqual(['1', '2'])
    await eventually(async () => (await counts(local, 'Pair')) === '0 visible, 0 in flight')
  })

  it('that fails an invocation leaves its messages in the queue', async () => {
    const local = await start({
      assembly,
      faults: {
        rules: [{ on: 'function', function: 'Queues-WorkPair*', error: 'out of luck', times: 1 }],
      },
    })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'PAIR', [{ text: 'done' }])
    await eventually(() =>
      local.trace.ofKind('invocation').some(({ error }) => error === 'Runtime.Fault'),
    )
    expect(await counts(local, 'Pair')).toBe('0 visible, 1 in flight')
    await local.clock.advance('60 seconds')
    expect(await client.nextText()).toBe('done')
  })

  it('that delivers a message twice has its function carry it out twice', async () => {
    const local = await start({
      assembly,
      faults: {
        seed: 7,
        rules: [{ on: 'queue', queue: 'Queues-Pair*', duplicate: true, at: [2] }],
      },
    })
    const client = await TestClient.connect(local.url)
    await sendJobs(client, 'PAIR', [{ text: 'once' }, { text: 'twice' }])
    const texts = [await client.nextText(), await client.nextText(), await client.nextText()]
    expect(texts.toSorted()).toEqual(['once', 'twice', 'twice'])
    const received = batches(local, 'Pair').flat()
    expect(new Set(received.map(({ messageId }) => messageId)).size).toBe(2)
    expect(new Set(received.map(({ receiptHandle }) => receiptHandle)).size).toBe(3)
    await eventually(async () => (await counts(local, 'Pair')) === '0 visible, 0 in flight')
  })
})

describe('a role', () => {
  it.each(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'])(
    'that lacks %s for its queue stops the start, as it stops a deployment',
    async (action) => {
      const edited = editedAssembly(assembly, (template) => {
        const permission = permissionsOf(template).find(
          (candidate) => candidate.action === action && candidate.logicalId.startsWith('WorkJobs'),
        )
        if (!permission) throw new Error(`no ${action}`)
        withdraw(template, permission)
      })
      const starting = startLocal({ assembly: edited })
      await expect(starting).rejects.toThrow(AssemblyError)
      await expect(starting).rejects.toThrow(
        `does not have permissions to call ${action.slice('sqs:'.length)} on SQS`,
      )
    },
  )

  it('that may not send to a queue is told so by the name of the error', async () => {
    const edited = editedAssembly(assembly, (template) => {
      const permissions = permissionsOf(template).filter(
        ({ action, logicalId }) => action === 'sqs:SendMessage' && logicalId.startsWith('Send'),
      )
      expect(permissions.length).toBe(3)
      for (const permission of permissions.toReversed()) withdraw(template, permission)
    })
    const local = await start({ assembly: edited })
    const client = await TestClient.connect(local.url)
    client.send({ queue: 'JOBS', jobs: [{ text: 'no' }] })
    expect(await client.nextText()).toBe(JSON.stringify({ error: 'AccessDeniedException' }))
  })
})
