import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClient, type Client } from '../../client/index.ts'
import { Rooms } from '../../console/rooms.ts'
import type { Json } from '../../protocol/messages.ts'
import { ScriptedSocket } from '../client/scripted-socket.ts'
import { eventually } from '../support/eventually.ts'

let client: Client<Json>
let rooms: Rooms
let failures: unknown[]

beforeEach(async () => {
  client = createClient({
    url: 'wss://example.com/prod',
    WebSocket: ScriptedSocket,
    random: () => 0,
  })
  failures = []
  rooms = new Rooms(client, { changed: () => undefined, failed: (error) => failures.push(error) })
  await nextTurn()
  ScriptedSocket.last.accept('me')
})

afterEach(() => client.close())

/** The server answers what it was asked last. */
async function answer(frame: object): Promise<void> {
  ScriptedSocket.last.say({ re: ScriptedSocket.last.lastFrame['id'], ...frame })
  await nextTurn()
}

async function join(room: string, announce = false): Promise<void> {
  const joined = rooms.join(room, { announce })
  await answer({ type: 'ack', room, group: `group of ${room}` })
  await joined
}

/** The line is lost, and there is a new one. */
async function comeBack(): Promise<void> {
  const lost = ScriptedSocket.last
  lost.fire('close')
  await eventually(() => ScriptedSocket.last !== lost)
  ScriptedSocket.last.accept('me again')
}

function tellMembers(...connectionIds: string[]): Promise<void> {
  return answer({ type: 'members', room: 'lobby', connectionIds })
}

function comes(connectionId: string): void {
  ScriptedSocket.last.say({
    type: 'joined',
    id: connectionId,
    group: 'group of lobby',
    connectionId,
  })
}

function questions(): number {
  return ScriptedSocket.last.sent.filter((text) => text.includes('"members"')).length
}

function shown(): readonly (readonly [string, readonly string[] | undefined])[] {
  return rooms.all.map(({ name, page }) => [name, page?.connectionIds] as const)
}

describe('a room that is joined', () => {
  it('is there at once, and who is in it when the server has said so', async () => {
    await join('lobby')
    expect(shown()).toEqual([['lobby', undefined]])
    await tellMembers('me', 'other')
    expect(shown()).toEqual([['lobby', ['me', 'other']]])
  })

  it('is not there when the server refuses it', async () => {
    const joined = rooms.join('vault', {})
    const refused = expect(joined).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await answer({ type: 'error', code: 'FORBIDDEN', message: 'no', room: 'vault' })
    await refused
    expect(rooms.all).toEqual([])
  })

  it('is one when it is joined again, to be announced', async () => {
    await join('lobby')
    await tellMembers('me')
    await join('lobby', true)
    expect(shown()).toEqual([['lobby', ['me']]])
    comes('other')
    expect(questions()).toBe(2)
  })

  it('is asked who is in it when somebody comes, and once more for all who come meanwhile', async () => {
    await join('lobby')
    await tellMembers('me')
    for (const id of ['a', 'b', 'c']) comes(id)
    expect(questions()).toBe(2)
    await tellMembers('me', 'a')
    expect(questions()).toBe(3)
    await tellMembers('me', 'a', 'b', 'c')
    expect(shown()).toEqual([['lobby', ['me', 'a', 'b', 'c']]])
    expect(questions()).toBe(3)
  })

  it('is asked who is in it over each new connection', async () => {
    await join('lobby')
    await tellMembers('me')
    await comeBack()
    await answer({ type: 'ack', room: 'lobby', group: 'group of lobby' })
    await tellMembers('me again')
    expect(shown()).toEqual([['lobby', ['me again']]])
    expect(questions()).toBe(1)
  })

  it('is gone when the server does not let the client in again', async () => {
    await join('lobby')
    await comeBack()
    await answer({ type: 'error', code: 'FORBIDDEN', message: 'no', room: 'lobby' })
    expect(rooms.all).toEqual([])
  })

  it('is asked again when its members could not be had', async () => {
    await join('lobby')
    await answer({ type: 'error', code: 'BAD_MESSAGE', message: 'no' })
    expect(failures).toMatchObject([{ code: 'BAD_MESSAGE' }])
    const asked = rooms.refresh('lobby')
    await tellMembers('me')
    await asked
    expect(shown()).toEqual([['lobby', ['me']]])
  })
})

describe('a room that is left', () => {
  it('is gone before the server knows, and of its members nobody hears', async () => {
    await join('lobby')
    const { id } = ScriptedSocket.last.lastFrame
    const left = rooms.leave('lobby')
    expect(rooms.all).toEqual([])
    await answer({ type: 'ack', room: 'lobby', group: 'group of lobby' })
    await left
    ScriptedSocket.last.say({ type: 'error', re: id, code: 'BAD_MESSAGE', message: 'no' })
    await nextTurn()
    expect(failures).toEqual([])
  })

  it('cannot be sent to', async () => {
    await expect(rooms.send('lobby', 'hi')).rejects.toThrow('has to join it first')
  })
})

it('a client that is closed is in no room', async () => {
  await join('lobby')
  await tellMembers('me')
  await client.close()
  expect(rooms.all).toEqual([])
})
