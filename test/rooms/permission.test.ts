import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient, type Frame } from '../support/client.ts'
import {
  AUDIENCE,
  closedStackOfTest,
  logOf,
  startClosedStack,
  type ClosedStack,
} from '../support/closed-stack.ts'
import { resourcesOfType } from '../support/edited-assembly.ts'
import { eventually } from '../support/eventually.ts'

let stack: ClosedStack
let local: Local

beforeAll(async () => {
  stack = await startClosedStack(inject('closedAssembly'))
  local = stack.local
})

// Who has closed its connection is in the room until $disconnect has run.
afterEach(() => eventually(async () => (await local.storedItems()).length === 0))

afterAll(() => stack.close())

/** @param rooms the claim, whatever it is */
async function connect(rooms: unknown, sub = 'alice'): Promise<TestClient> {
  const token = await stack.issuer.sign({ sub, aud: AUDIENCE, rooms })
  const headers = { Authorization: `Bearer ${token}` }
  return TestClient.connect(local.url, { headers })
}

const join = (room: string) => ({ action: 'join', room })
const members = (room: string) => ({ action: 'members', room })
const send = (room: string) => ({ action: 'sendmessage', to: { room }, data: 'hi' })

/** What uses a room. */
const USES = [
  { what: 'join', use: join },
  { what: 'list', use: members },
  { what: 'send to', use: send },
] as const

function isForbidden(room: string): Frame {
  return { type: 'error', code: 'FORBIDDEN', room, message: expect.stringContaining(room) }
}

describe('a client whose token does not list a room', () => {
  it.each(USES)(
    'S28: may not $what it, is told which, and stays connected',
    async ({ what, use }) => {
      const room = `where one may ${what}`
      const [insider, outsider] = [await connect([room]), await connect(['elsewhere'], 'bob')]
      await insider.request(join(room))
      expect(await outsider.request(use(room))).toEqual(isForbidden(room))
      expect(await outsider.request(join('elsewhere'))).toMatchObject({ type: 'ack' })
      const { connectionIds } = await insider.request(members(room))
      expect(connectionIds).toEqual([await insider.connectionId()])
      expect(insider.takePushes()).toEqual([])
      await Promise.all([insider.close(), outsider.close()])
    },
  )

  it('has the id of its frame back with the refusal', async () => {
    const client = await connect([])
    const answer = await client.request({ ...join('lobby'), id: 'my join' })
    expect(answer).toEqual({ ...isForbidden('lobby'), re: 'my join' })
    await client.close()
  })

  it('does not learn its group by leaving it', async () => {
    const client = await connect([])
    expect(await client.request({ action: 'leave', room: 'lobby' })).toEqual(isForbidden('lobby'))
    await client.close()
  })
})

describe('what a token lists', () => {
  it.each([
    { rooms: ['lobby', 'ü'], good: ['lobby', 'ü'], bad: ['Lobby', 'lobby2', 'lobb', '*'] },
    { rooms: ['team-7-*'], good: ['team-7-', 'team-7-a', 'team-7-*'], bad: ['team-7', 'team-71'] },
    { rooms: ['*'], good: ['lobby', '*', 'everything else'], bad: [] },
    { rooms: ['*-lobby', 'a*b', '.*'], good: ['a*b', '.x'], bad: ['x-lobby', 'ab', 'x'] },
    { rooms: 'lobby team-7-*', good: ['lobby', 'team-7-a'], bad: ['lobby team-7-', 'other'] },
  ])('as $rooms is good for $good and not for $bad', async ({ rooms, good, bad }) => {
    const client = await connect(rooms)
    for (const room of good) {
      expect(await client.request(members(room))).toMatchObject({ type: 'members', room })
    }
    for (const room of bad) expect(await client.request(members(room))).toEqual(isForbidden(room))
    await client.close()
  })

  it.each([
    { what: 'nothing', rooms: undefined, isTold: false },
    { what: 'an empty name', rooms: [''], isTold: false },
    { what: 'an object', rooms: { lobby: true, '*': '*' }, isTold: true },
    { what: 'a list with something else in it', rooms: ['*', 7], isTold: true },
    { what: 'more than 4 KB', rooms: ['*', 'x'.repeat(4 * 1024)], isTold: true },
  ])('is no room, when it is $what: the client may connect all the same', async (claim) => {
    const logBefore = logOf(local).length
    const client = await connect(claim.rooms)
    expect(await client.request(join('lobby'))).toEqual(isForbidden('lobby'))
    const log = logOf(local).slice(logBefore)
    expect(log.includes('"event":"rooms_claim_ignored"')).toBe(claim.isTold)
    await client.close()
  })

  it('may be as long as 4 KB', async () => {
    const client = await connect(['*', 'x'.repeat(4 * 1024 - JSON.stringify('["*",""]').length)])
    expect(await client.request(join('lobby'))).toMatchObject({ type: 'ack', room: 'lobby' })
    await client.close()
  })
})

it('a connection that was made before the door was closed can neither send to users nor use a room', async () => {
  const { local: other } = await closedStackOfTest(inject('closedAssembly'), (template) => {
    // Its handshake asked for nothing; what the functions know is of today.
    const routes = resourcesOfType(template, 'AWS::ApiGatewayV2::Route')
    for (const [, { Properties }] of routes) {
      if (Properties['RouteKey'] !== '$connect') continue
      Properties['AuthorizationType'] = 'NONE'
      delete Properties['AuthorizerId']
    }
  })
  const client = await TestClient.connect(other.url)
  const toUser = { action: 'sendmessage', to: { user: 'alice' }, data: 'hi' }
  const { type, code, user } = await client.request(toUser)
  expect({ type, code, user }).toEqual({ type: 'error', code: 'FORBIDDEN', user: 'alice' })
  for (const { use } of USES)
    expect(await client.request(use('lobby'))).toEqual(isForbidden('lobby'))
  const to = await client.connectionId()
  expect(await client.request({ action: 'sendmessage', to, data: 'hi' })).toMatchObject({ sent: 1 })
  expect(await client.request({ action: 'sendmessage', data: 'hi' })).toMatchObject({ sent: 1 })
  await client.close()
})
