import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { dumpTable, dynamoDbClient, onlyTable } from '../support/backend.ts'
import type { TestClient } from '../support/client.ts'
import { editedAssembly, templateOf } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'
import { permissionsOf, withdraw } from '../support/permissions.ts'
import { SECRETS, connectRecognisably, secretsIn } from '../support/recognisable.ts'

const STALE_ID = 'AAAAAAAAAAAAAAA='

const permissions = permissionsOf(templateOf(inject('assembly')))

describe('the permissions of the stack', () => {
  it('are what it says and no more', () => {
    expect(permissions.map(({ action }) => action).toSorted()).toEqual(
      [
        ...Array.from({ length: 4 }, () => 'sts:AssumeRole'),
        ...Array.from({ length: 4 }, () => 'logs:CreateLogStream'),
        ...Array.from({ length: 4 }, () => 'logs:PutLogEvents'),
        'dynamodb:PutItem',
        ...Array.from({ length: 3 }, () => 'dynamodb:DeleteItem'),
        ...Array.from({ length: 2 }, () => 'dynamodb:Scan'),
        ...Array.from({ length: 2 }, () => 'execute-api:ManageConnections'),
      ].toSorted(),
    )
  })

  it('are enough for all that it does', async () => {
    expect(await whatBreaks(inject('assembly'))).toBe('nothing')
  })

  it.each(permissions)('are all needed: $action in $logicalId', async (permission) => {
    const assembly = editedAssembly(inject('assembly'), (edited) => withdraw(edited, permission))
    expect(await whatBreaks(assembly)).not.toBe('nothing')
  })
})

/** Uses everything that the stack does, and says what does not work first. */
async function whatBreaks(assembly: string): Promise<string> {
  let local: Local
  try {
    local = await startLocal({ assembly })
  } catch (error) {
    return String(error)
  }
  try {
    return await firstFailure(local)
  } finally {
    // A failure is logged, and who met it is not in the log.
    expect(secretsIn(local.trace.ofKind('log'))).toEqual([])
    await local.close()
  }
}

async function firstFailure(local: Local): Promise<string> {
  let sender: TestClient
  let target: TestClient
  try {
    sender = await connectRecognisably(local.url)
    target = await connectRecognisably(local.url)
  } catch (error) {
    return String(error)
  }
  const to = await target.connectionId()
  const steps: readonly [name: string, works: () => Promise<boolean>][] = [
    [
      'broadcast',
      () => broadcasts(local, sender, { action: 'sendmessage', data: SECRETS.message }),
    ],
    ['BROADCAST', () => broadcasts(local, sender, `BROADCAST:${SECRETS.message}`)],
    [
      'private',
      async () =>
        isSent(await sender.request({ action: 'sendmessage', to, data: SECRETS.message })),
    ],
    ['PRIVATE', async () => isSent(await sender.request(`PRIVATE:${to}:${SECRETS.message}`))],
    ['disconnect', () => leaves(local, target)],
    ['logs', () => Promise.resolve(groupsWritten(local) === 4)],
  ]
  for (const [name, works] of steps) {
    if (!(await works())) return name
  }
  return 'nothing'
}

/** To both clients, past an item of a connection that is gone, which it takes out. */
async function broadcasts(local: Local, sender: TestClient, frame: unknown): Promise<boolean> {
  const client = dynamoDbClient(local)
  const expiresAt = String(Math.floor(Date.now() / 1000) + 3_600)
  const Item = { connectionId: { S: STALE_ID }, expiresAt: { N: expiresAt } }
  await client.send(new PutItemCommand({ TableName: await onlyTable(client), Item }))
  const { sent, gone } = await sender.request(frame)
  const isListed = JSON.stringify(await dumpTable(local)).includes(STALE_ID)
  return sent === 2 && gone === 1 && !isListed
}

async function leaves(local: Local, target: TestClient): Promise<boolean> {
  const before = local.trace.ofKind('invocation').length
  await target.close()
  await eventually(() => local.trace.ofKind('invocation').length > before)
  return (await dumpTable(local)).length === 1
}

function isSent({ sent }: Readonly<Record<string, unknown>>): boolean {
  return sent === 1
}

function groupsWritten(local: Local): number {
  return new Set(local.trace.ofKind('log').map(({ logGroupName }) => logGroupName)).size
}
