import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { dynamoDbClient, itemOf, tableCalled, wellFormedId } from '../support/backend.ts'
import { TestClient } from '../support/client.ts'
import { editedAssembly } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'

let local: Local
let clients: TestClient[] = []

beforeEach(async () => {
  // Without its $disconnect route the stack behaves as if every $disconnect were lost.
  const assembly = editedAssembly(inject('assembly'), ({ Resources }) => {
    for (const [logicalId, { Properties }] of Object.entries(Resources)) {
      if (Properties['RouteKey'] === '$disconnect') delete Resources[logicalId]
    }
  })
  local = await startStack({ assembly })
})

afterEach(async () => {
  for (const client of clients) client.socket.terminate()
  clients = []
  await local.close()
})

async function connect(): Promise<TestClient> {
  const client = await TestClient.connect(local.url)
  clients.push(client)
  return client
}

/** A connection that has left, and whose item nobody took out. */
async function leaveBehind(client: TestClient): Promise<string> {
  const connectionId = await client.connectionId()
  client.socket.terminate()
  await hasLeft(connectionId)
  return connectionId
}

async function hasLeft(connectionId: string): Promise<void> {
  await eventually(() =>
    local.trace.ofKind('disconnect').some((e) => e.connectionId === connectionId),
  )
}

/** An item of a connection that API Gateway has long forgotten. */
async function plantItem(connectionId: string): Promise<void> {
  const client = dynamoDbClient(local)
  const TableName = await tableCalled('Connections', client)
  await client.send(new PutItemCommand({ TableName, Item: itemOf(connectionId) }))
}

async function listedIds(): Promise<unknown[]> {
  const client = dynamoDbClient(local)
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: await tableCalled('Connections', client) }),
  )
  return Items.map(({ connectionId }) => connectionId?.S)
}

describe('a connection whose $disconnect was lost', () => {
  it('is counted as gone once, wherever it stands, and is out of the table afterwards', async () => {
    const [sender, other] = [await connect(), await connect()]
    const lost = Array.from({ length: 20 }, (_, n) => wellFormedId(n))
    for (const connectionId of lost) await plantItem(connectionId)

    expect(await sender.request('BROADCAST:one')).toMatchObject({ sent: 2, gone: 20, failed: 0 })
    expect(await other.nextOfType('message')).toMatchObject({ data: 'one' })
    expect(await sender.nextOfType('message')).toMatchObject({ data: 'one' })
    const living = [await sender.connectionId(), await other.connectionId()]
    expect(new Set(await listedIds())).toEqual(new Set(living))

    expect(await sender.request('BROADCAST:two')).toMatchObject({ sent: 2, gone: 0, failed: 0 })
  })

  it('stays as long as it may be connecting still, and is out after the next broadcast', async () => {
    const sender = await connect()
    const gone = await leaveBehind(await connect())
    expect(await sender.request('BROADCAST:hi')).toMatchObject({ sent: 1, gone: 1, failed: 0 })
    expect(await listedIds()).toContain(gone)
    await local.clock.advance('30 seconds')
    expect(await sender.request('BROADCAST:hi')).toMatchObject({ sent: 1, gone: 1, failed: 0 })
    expect(await listedIds()).not.toContain(gone)
  })

  it('stops nobody’s message when it is the sender itself', async () => {
    const [sender, other] = [await connect(), await connect()]
    const gone = await sender.connectionId()
    sender.send('BROADCAST:last words')
    sender.socket.terminate()
    expect(await other.nextOfType('message')).toMatchObject({ from: gone, data: 'last words' })
    await local.clock.advance('31 seconds')
    expect(await other.request('BROADCAST:next')).toMatchObject({ sent: 1, gone: 1, failed: 0 })
    expect(await listedIds()).not.toContain(gone)
  })
})
