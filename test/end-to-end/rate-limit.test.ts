import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient, type Frame } from '../support/client.ts'
import { editedAssembly, setVariable } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'

let local: Local
beforeAll(async () => {
  local = await startStack({ assembly: inject('assembly') })
})
afterAll(() => local.close())

/** Sends so many at once, each with an id of its own, and takes as many replies. */
async function flood(client: TestClient, count: number): Promise<Frame[]> {
  for (let id = 1; id <= count; id += 1) {
    client.send({ action: 'sendmessage', id: String(id), to: 'Nobody=', data: id })
  }
  const replies: Frame[] = []
  while (replies.length < count) replies.push(await client.next())
  return replies
}

/** Those that were let in: nobody has such an id. */
function letIn(replies: readonly Frame[]): Frame[] {
  return replies.filter(({ code }) => code === 'NOT_CONNECTED')
}

describe('a connection that sends 50 messages at once, with 10 a second and a burst of 20', () => {
  it('S14: gets 20 of them through, and is told of each other how long to wait', async () => {
    const [client, other] = [
      await TestClient.connect(local.url),
      await TestClient.connect(local.url),
    ]
    const begun = Date.now()
    const replies = await flood(client, 50)
    const refilled = Math.ceil((Date.now() - begun) / 100)
    expect(letIn(replies).length).toBeGreaterThanOrEqual(20)
    expect(letIn(replies).length).toBeLessThanOrEqual(20 + refilled)
    const refused = replies.filter(({ code }) => code === 'RATE_LIMITED')
    expect(letIn(replies).length + refused.length).toBe(50)
    for (const { retryAfterMs } of refused) {
      expect(retryAfterMs).toBeGreaterThan(0)
      expect(retryAfterMs).toBeLessThanOrEqual(3_200)
    }
    // Each has its own answer.
    expect(new Set(replies.map(({ re }) => re)).size).toBe(50)

    // Nobody else is touched, nor is the connection itself after a pause.
    expect(letIn(await flood(other, 20))).toHaveLength(20)
    await local.clock.advance('6 seconds')
    expect(letIn(await flood(client, 20))).toHaveLength(20)
    await Promise.all([client.close(), other.close()])
  })
})

describe('a connection that keeps on sending', () => {
  it('S15: is told, and closed, and leaves the table; nobody else is', async () => {
    const assembly = editedAssembly(inject('assembly'), (template) => {
      setVariable(template, 'MESSAGES_PER_SECOND', 1)
      setVariable(template, 'MESSAGE_BURST', 1)
    })
    const own = await startStack({ assembly })
    const [client, other] = [await TestClient.connect(own.url), await TestClient.connect(own.url)]
    for (let count = 0; count < 60; count += 1) client.send('junk')
    expect(await client.closed).toMatchObject({ code: 1000 })
    const last = client.pending.filter((text) => text.includes('far too many messages'))
    expect(last.map((text): unknown => JSON.parse(text))).toEqual([
      {
        type: 'error',
        code: 'RATE_LIMITED',
        message:
          'far too many messages: expected at most 1 a second, 1 at once; connect again and send less',
      },
    ])
    await eventually(async () => (await dumpTable(own)).length === 1)
    expect(await other.request('BROADCAST:still here')).toMatchObject({ type: 'ack', sent: 1 })
    await other.close()
    await own.close()
  })
})
