import { createServer } from 'node:http'
import dynalite from 'dynalite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { closeServer, listen } from '../../local/http.ts'
import { dumpTable } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { startStack } from '../support/stack.ts'

// Stands for AWS's DynamoDB Local: a store that outlives the runtime.
const store = dynalite({ createTableMs: 0 })
let dynamodbUrl: string

beforeAll(async () => {
  dynamodbUrl = `http://127.0.0.1:${await listen(store, 0)}`
})

afterAll(() => closeServer(store))

it('another DynamoDB keeps the items from one run to the next', async () => {
  const first = await startStack({ dynamodbUrl })
  const client = await TestClient.connect(first.url)
  const connectionId = await client.connectionId()
  await first.close()
  expect((await client.closed).code).toBe(1001)

  const second = await startStack({ dynamodbUrl })
  expect(await dumpTable(second)).toMatchObject([{ connectionId: { S: connectionId } }])
  await second.close()
})

it('a DynamoDB that does not answer is an error that names it', async () => {
  const server = createServer()
  const port = await listen(server, 0)
  await closeServer(server)
  const nowhere = `http://127.0.0.1:${port}`
  const starting = startStack({ dynamodbUrl: nowhere })
  await expect(starting).rejects.toThrow(nowhere)
})
