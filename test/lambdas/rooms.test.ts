import {
  DeleteItemCommand,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { describe, expect, it, vi } from 'vitest'
import { GroupKey } from '../../lambdas/adapters/group-key.ts'
import { replyOf, webSocketEvent } from '../support/invoke.ts'
import { captureLog } from '../support/log-lines.ts'
import { captureMetrics } from '../support/metric-lines.ts'
import { item, managementApi, mockServices, NOW_SECONDS } from '../support/mock-services.ts'

const ID = 'L0SM9cOFvHcCIhw='
const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

const { dynamoDb, dynamoDbInputs, queued } = mockServices()
const log = captureLog()
const metrics = captureMetrics()

const rooms = async () => (await import('../../lambdas/rooms.ts')).handler
const sendmessage = async () => (await import('../../lambdas/sendmessage.ts')).handler

describe('sendmessage to a group', () => {
  it.each([
    { to: { room: 'lobby' }, shown: { room: 'lobby' }, metric: 'MessagesToRoom' },
    { to: { user: 'alice' }, shown: 'you', metric: 'MessagesToUser' },
  ])('reaches whom the table has in the group of $to', async ({ to, shown, metric }) => {
    dynamoDb.on(QueryCommand).resolves({ Items: [item('Other=')] })
    await using server = await managementApi({ status: 200 })
    const answer = await reply(
      await sendmessage(),
      JSON.stringify({ action: 'sendmessage', to, data: 1 }),
    )
    expect(answer).toMatchObject({ type: 'ack', sent: 1, gone: 0, failed: 0 })
    const group = { S: new GroupKey(() => 'a key').of(to) }
    expect(dynamoDbInputs()).toEqual([
      expect.objectContaining({
        TableName: 'Memberships',
        ExpressionAttributeValues: expect.objectContaining({ ':group': group }),
        Limit: 3,
      }),
    ])
    expect(server.requests.map(({ body }): unknown => JSON.parse(body))).toMatchObject([
      { to: shown },
    ])
    expect(metrics.lines).toMatchObject([{ [metric]: 1, Sent: 1 }])
  })
})

describe('rooms', () => {
  const group = new GroupKey(() => 'a key').of({ room: 'lobby' })
  const Key = { group: { S: group }, connectionId: { S: ID } }

  it('joins, and says by which name the others are told of it', async () => {
    dynamoDb.on(QueryCommand).resolves({}).on(UpdateItemCommand).resolves({})
    expect(await reply(await rooms(), '{"action":"join","id":"7","room":"lobby"}')).toEqual({
      type: 'ack',
      re: '7',
      room: 'lobby',
      group,
    })
    expect(dynamoDbInputs()).toMatchObject([
      { IndexName: 'ByConnection' },
      { TableName: 'Memberships', Key },
    ])
    expect(JSON.stringify(dynamoDbInputs())).not.toContain('lobby')
  })

  it('announces under an id of its own, which it keeps', async () => {
    const announcement = { S: 'uuid' }
    dynamoDb.on(QueryCommand).resolves({})
    dynamoDb.on(UpdateItemCommand).resolves({ Attributes: { announcement } })
    await reply(await rooms(), '{"action":"join","room":"lobby","announce":true}')
    expect(dynamoDbInputs()).toMatchObject([
      { IndexName: 'ByConnection' },
      { ExpressionAttributeValues: { ':announcement': { S: expect.stringMatching(UUID) } } },
    ])
    const frame = JSON.stringify({ type: 'joined', id: 'uuid', group, connectionId: ID })
    const job = { frame, audience: { group }, except: ID, sinceMs: Date.now() }
    expect(queued()).toEqual([{ queue: 'jobs', job, delaySeconds: 0 }])
  })

  it('leaves', async () => {
    dynamoDb.on(GetItemCommand).resolves({ Item: Key }).on(DeleteItemCommand).resolves({})
    const answer = await reply(await rooms(), '{"action":"leave","room":"lobby"}')
    expect(answer).toEqual({ type: 'ack', room: 'lobby', group })
    expect(dynamoDbInputs()[1]).toEqual({ TableName: 'Memberships', Key })
  })

  it('tells who is there', async () => {
    dynamoDb.on(QueryCommand).resolves({ Items: [item(ID), item('Other=')] })
    expect(await reply(await rooms(), '{"action":"members","room":"lobby"}')).toEqual({
      type: 'members',
      room: 'lobby',
      connectionIds: [ID, 'Other='],
    })
  })

  it('sends no messages, which is the business of another function', async () => {
    const answer = await reply(await rooms(), '{"action":"sendmessage","data":1}')
    expect(answer).toMatchObject({ code: 'UNKNOWN_ACTION' })
    expect(dynamoDbInputs()).toEqual([])
  })
})

describe('who has no leave for it', () => {
  const authorizer = { user: 'alice', expiresAt: String(NOW_SECONDS + 60), rooms: '["lobby"]' }

  it.each([
    { load: rooms, frame: { action: 'join', room: 'cellar' } },
    { load: rooms, frame: { action: 'members', room: 'cellar' } },
    { load: sendmessage, frame: { action: 'sendmessage', to: { room: 'cellar' }, data: 1 } },
  ])('hears so, and nothing is looked up: $frame', async ({ load, frame }) => {
    vi.stubEnv('ROOMS_CLAIM', 'rooms')
    const event = webSocketEvent(ID, { body: JSON.stringify(frame), authorizer })
    expect(await replyOf(await load(), event)).toMatchObject({ code: 'FORBIDDEN', room: 'cellar' })
    expect(dynamoDbInputs()).toEqual([])
    expect(metrics.lines).toMatchObject([{ BadFrames: 1 }])
    expect(log.lines).toEqual([])
  })

  it('has it for every room where no claim is asked for, and for those that are listed', async () => {
    dynamoDb.on(QueryCommand).resolves({})
    const body = (room: string) => JSON.stringify({ action: 'members', room })
    const handler = await rooms()
    const cellar = webSocketEvent(ID, { body: body('cellar'), authorizer })
    expect(await replyOf(handler, cellar)).toMatchObject({ type: 'members' })
    vi.stubEnv('ROOMS_CLAIM', 'rooms')
    vi.resetModules()
    const lobby = webSocketEvent(ID, { body: body('lobby'), authorizer })
    expect(await replyOf(await rooms(), lobby)).toMatchObject({ type: 'members' })
  })

  it.each([
    { hasUsers: 'true', answer: { code: 'FORBIDDEN', user: 'bob' } },
    { hasUsers: undefined, answer: { code: 'NOT_CONNECTED' } },
  ])('with HAS_USERS $hasUsers is nobody that nobody vouched for', async (row) => {
    vi.stubEnv('HAS_USERS', row.hasUsers)
    dynamoDb.on(QueryCommand).resolves({})
    const body = '{"action":"sendmessage","to":{"user":"bob"},"data":1}'
    expect(await reply(await sendmessage(), body)).toMatchObject(row.answer)
  })
})

function reply(handler: Parameters<typeof replyOf>[0], body: string): Promise<unknown> {
  return replyOf(handler, webSocketEvent(ID, { body }))
}
