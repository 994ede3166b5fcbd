import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'

// All of it is unlike anything that the runtime itself would write.
const SECRETS = {
  address: '203.0.113.77',
  userAgent: 'RecognisableAgent/7.7',
  origin: 'https://recognisable-origin.example',
  header: 'recognisable-header-value',
  query: 'recognisable-query-value',
  message: 'recognisable message body',
  malformed: 'recognisable malformed body',
}

/** Where this machine can choose the address that it connects from. */
const LOCAL_ADDRESS = process.platform === 'linux' ? '127.77.7.7' : undefined

let local: Local

beforeAll(async () => {
  local = await startLocal({ assembly: inject('assembly') })
})

afterAll(() => local.close())

async function connectRecognisably(): Promise<TestClient> {
  return TestClient.connect(`${local.url}?room=${SECRETS.query}`, {
    ...(LOCAL_ADDRESS !== undefined && { localAddress: LOCAL_ADDRESS }),
    origin: SECRETS.origin,
    headers: {
      'User-Agent': SECRETS.userAgent,
      'X-Forwarded-For': SECRETS.address,
      'X-Recognisable': SECRETS.header,
    },
  })
}

it('no table and no log holds where a client is, who it is or what it says', async () => {
  const [sender, target] = [await connectRecognisably(), await connectRecognisably()]
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
  const stored = JSON.stringify([table, logs])
  const secrets = [...Object.values(SECRETS), ...(LOCAL_ADDRESS ? [LOCAL_ADDRESS] : [])]
  expect(secrets.filter((secret) => stored.includes(secret))).toEqual([])
})

it('the table holds a connectionId and a time, and nothing else', async () => {
  const client = await connectRecognisably()
  const connectionId = await client.connectionId()
  const expiresAt = { N: expect.stringMatching(/^\d{10}$/) }
  expect(await dumpTable(local)).toEqual([{ connectionId: { S: connectionId }, expiresAt }])
  await client.close()
})
