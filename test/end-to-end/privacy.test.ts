import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { eventually } from '../support/eventually.ts'
import { SECRETS, connectRecognisably, secretsIn } from '../support/recognisable.ts'

let local: Local

beforeAll(async () => {
  local = await startLocal({ assembly: inject('assembly') })
})

afterAll(() => local.close())

it('no table and no log holds where a client is, who it is or what it says', async () => {
  const [sender, target] = [
    await connectRecognisably(local.url),
    await connectRecognisably(local.url),
  ]
  const to = await target.connectionId()
  const data = SECRETS.message
  expect(await sender.request({ action: 'sendmessage', data })).toMatchObject({ sent: 2 })
  expect(await sender.request({ action: 'sendmessage', to, data })).toMatchObject({ sent: 1 })
  expect(await sender.request(`BROADCAST:${data}`)).toMatchObject({ sent: 2 })
  expect(await sender.request(SECRETS.malformed)).toMatchObject({ code: 'BAD_MESSAGE' })
  const table = await dumpTable(local)
  expect(table).toHaveLength(2)

  await target.close()
  await eventually(() => local.trace.ofKind('disconnect').length === 1)
  const gone = { action: 'sendmessage', to, data }
  expect(await sender.request(gone)).toMatchObject({ code: 'NOT_CONNECTED' })
  await sender.close()
  await eventually(() => local.trace.ofKind('disconnect').length === 2)
  await eventually(async () => (await dumpTable(local)).length === 0)

  const logs = local.trace.ofKind('log')
  // All four functions have run and written.
  expect(new Set(logs.map(({ logGroupName }) => logGroupName)).size).toBe(4)
  expect(secretsIn([table, logs])).toEqual([])
})

it('the table holds a connectionId and a time, and nothing else', async () => {
  const client = await connectRecognisably(local.url)
  const connectionId = await client.connectionId()
  const expiresAt = { N: expect.stringMatching(/^\d{10}$/) }
  expect(await dumpTable(local)).toEqual([{ connectionId: { S: connectionId }, expiresAt }])
  await client.close()
})
