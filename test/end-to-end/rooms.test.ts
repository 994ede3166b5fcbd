import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { dumpTable } from '../support/backend.ts'
import { TestClient, type Frame } from '../support/client.ts'
import { AUDIENCE, startClosedStack, type ClosedStack } from '../support/closed-stack.ts'
import { setVariable } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'

/** Beyond which a message goes behind the queue. */
const INLINE_LIMIT = 3

const MESSAGE_ID = expect.stringMatching(/^[\da-f-]{36}$/)
const GROUP = expect.stringMatching(/^[\w-]{43}$/)

let stack: ClosedStack
let clients: TestClient[] = []

beforeAll(async () => {
  stack = await startClosedStack(inject('closedAssembly'), (template) => {
    setVariable(template, 'INLINE_LIMIT', INLINE_LIMIT)
    setVariable(template, 'MESSAGE_BURST', 1_000)
  })
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()))
  clients = []
  await eventually(async () => {
    return (
      [...(await dumpTable(stack.local)), ...(await dumpTable(stack.local, 'Memberships'))]
        .length === 0
    )
  })
})

afterAll(() => stack.close())

async function connect(user = 'alice', rooms: unknown = ['*']): Promise<TestClient> {
  const token = await stack.issuer.sign({ sub: user, aud: AUDIENCE, rooms })
  const headers = { Authorization: `Bearer ${token}` }
  const client = await TestClient.connect(stack.local.url, { headers })
  clients.push(client)
  return client
}

async function join(client: TestClient, room: string, announce = false): Promise<Frame> {
  return client.request({ action: 'join', room, ...(announce && { announce }) })
}

const toRoom = (room: string, data: unknown = 'hi', more: object = {}): Frame => {
  return { action: 'sendmessage', to: { room }, data, ...more }
}

/** Whatever was on its way has come when a later reply has. */
async function silent(...others: readonly TestClient[]): Promise<void> {
  await Promise.all(others.map((client) => client.request({ action: 'ping' })))
  expect(others.flatMap(({ pending }) => pending)).toEqual([])
}

describe('a room', () => {
  it('S24: is joined, and left; its group is the same for all, and not its name', async () => {
    const [one, other] = [await connect(), await connect('bob')]
    const ack = await one.request({ action: 'join', room: '大厅 1', id: 'j' })
    expect(ack).toEqual({ type: 'ack', re: 'j', room: '大厅 1', group: GROUP })
    expect((await join(other, '大厅 1'))['group']).toBe(ack['group'])
    expect((await join(other, '大厅 2'))['group']).not.toBe(ack['group'])
    expect(await one.request({ action: 'leave', room: '大厅 1' })).toMatchObject({ type: 'ack' })
    expect(await other.request(toRoom('大厅 1'))).toMatchObject({ sent: 1 })
    expect(await other.nextOfType('message')).toMatchObject({ data: 'hi' })
    await silent(one)
  })

  it('S25: has a message pushed to all in it and nobody else, also from outside', async () => {
    const [inside, other, outside] = [await connect(), await connect('bob'), await connect('eve')]
    await Promise.all([join(inside, 'lobby'), join(other, 'lobby'), join(outside, 'elsewhere')])
    const from = await inside.connectionId()
    const ack = await inside.request(toRoom('lobby', { a: 1 }))
    expect(ack).toEqual({ type: 'ack', id: MESSAGE_ID, sent: 2, gone: 0, failed: 0 })
    const to = { room: 'lobby' }
    const message = { type: 'message', id: ack['id'], from, user: 'alice', to, data: { a: 1 } }
    expect(await inside.nextOfType('message')).toEqual(message)
    expect(await other.nextOfType('message')).toEqual(message)
    expect(await inside.request(toRoom('lobby', 2, { echo: false }))).toMatchObject({ sent: 1 })
    expect(await outside.request(toRoom('lobby', 3))).toMatchObject({ sent: 2 })
    expect(await inside.nextOfType('message')).toMatchObject({ data: 3, user: 'eve' })
    await silent(outside)
  })

  it('S10: of more than the inline limit is served behind the queue', async () => {
    const all = await Promise.all(Array.from({ length: INLINE_LIMIT + 1 }, () => connect()))
    await Promise.all(all.map((client) => join(client, 'crowd')))
    const [sender] = all
    expect(await sender?.request(toRoom('crowd'))).toEqual({
      type: 'ack',
      id: MESSAGE_ID,
      queued: true,
    })
    for (const client of all) {
      expect(await client.nextOfType('message')).toMatchObject({ to: { room: 'crowd' } })
    }
  })

  it('S26: tells the others of who has joined, left or was lost, once each', async () => {
    const [watcher, one, other] = [await connect(), await connect('bob'), await connect('carol')]
    const { group } = await join(watcher, 'lobby')
    for (const [client, user] of [
      [one, 'bob'],
      [other, 'carol'],
    ] as const) {
      await join(client, 'lobby', true)
      const connectionId = await client.connectionId()
      const joined = { type: 'joined', id: MESSAGE_ID, group, connectionId, user }
      expect(await watcher.nextOfType('joined')).toEqual(joined)
    }
    expect(await one.nextOfType('joined')).toMatchObject({ user: 'carol' })
    await one.request({ action: 'leave', room: 'lobby' })
    const left = { type: 'left', id: expect.any(String), group }
    const connectionId = await one.connectionId()
    expect(await watcher.nextOfType('left')).toEqual({ ...left, connectionId })
    expect(await other.nextOfType('left')).toMatchObject({ connectionId })
    const lost = await other.connectionId()
    other.socket.terminate()
    expect(await watcher.nextOfType('left')).toEqual({ ...left, connectionId: lost })
    await silent(watcher, one)
  })

  it('S27: tells who is in it, and goes on after whoever it ended with', async () => {
    const all = [await connect(), await connect(), await connect('bob')]
    await Promise.all(all.map((client) => join(client, 'lobby')))
    const ids = await Promise.all(all.map((client) => client.connectionId()))
    const request = { action: 'members', room: 'lobby' }
    const [client] = all
    const page = await client?.request({ ...request, id: 'm' })
    const connectionIds = ids.toSorted()
    expect(page).toEqual({ type: 'members', re: 'm', room: 'lobby', connectionIds })
    expect(await client?.request({ ...request, after: connectionIds[0] })).toMatchObject({
      connectionIds: connectionIds.slice(1),
    })
    expect(await client?.request({ action: 'members', room: 'nobody’s' })).toMatchObject({
      connectionIds: [],
    })
  })

  it('S30: is joined anew by the next connection, and the old one is out of it at its end', async () => {
    const [old, next] = [await connect(), await connect()]
    await Promise.all([join(old, 'lobby'), join(next, 'lobby')])
    await old.close()
    // Its user's, and the room's.
    await eventually(async () => (await dumpTable(stack.local, 'Memberships')).length === 2)
    expect(await next.request(toRoom('lobby'))).toMatchObject({ sent: 1, gone: 0 })
    expect(await next.nextOfType('message')).toMatchObject({ data: 'hi' })
  })
})

describe('a user', () => {
  it('S29: has a message on all devices, or the sender hears that there is none', async () => {
    const [phone, laptop, sender] = [await connect('bob'), await connect('bob'), await connect()]
    const frame = { action: 'sendmessage', to: { user: 'bob' }, data: 'hi', id: 'u' }
    expect(await sender.request(frame)).toMatchObject({ type: 'ack', re: 'u', sent: 2 })
    const from = await sender.connectionId()
    for (const device of [phone, laptop]) {
      expect(await device.nextOfType('message')).toMatchObject({ to: 'you', from, user: 'alice' })
    }
    await silent(sender)
    await Promise.all([phone.close(), laptop.close()])
    await eventually(async () => (await dumpTable(stack.local)).length === 1)
    const message = 'bob is not connected'
    const error = { type: 'error', re: 'u', code: 'NOT_CONNECTED', message }
    expect(await sender.request(frame)).toEqual(error)
  })
})

describe('a backend', () => {
  it.each([
    ['everyone', 'everyone', 'everyone'],
    ['a room', { room: 'lobby' }, { room: 'lobby' }],
    ['a user', { user: 'alice' }, 'you'],
  ])('S31: reaches %s by a message in the delivery queue', async (_, to, shown) => {
    const client = await connect()
    await join(client, 'lobby')
    await publish({ to, data: { orders: 7 } })
    const message = { type: 'message', id: MESSAGE_ID, to: shown, data: { orders: 7 } }
    expect(await client.nextOfType('message')).toEqual(message)
  })

  it('reaches one connection, under the id that it gives', async () => {
    const [client, other] = [await connect(), await connect()]
    await publish({ to: await client.connectionId(), data: 1, id: 'order 7' })
    expect(await client.nextOfType('message')).toMatchObject({ id: 'order 7', to: 'you' })
    await silent(other)
  })
})

async function publish(publication: object): Promise<void> {
  const { credentials, outputs, queuesUrl } = stack.local
  const sqs = new SQSClient({ region: 'us-east-1', endpoint: queuesUrl, credentials })
  const QueueUrl = outputs['DeliveryQueueUrl']
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(publication) }))
  sqs.destroy()
}
