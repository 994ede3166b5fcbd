import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClient, type Client, type Room } from '../../client/index.ts'
import { readObject } from './model/frames.ts'
import { ScriptedSocket } from './scripted-socket.ts'

let client: Client<string>

beforeEach(async () => {
  client = createClient<string>({ url: 'wss://example.com/prod', WebSocket: ScriptedSocket })
  await nextTurn()
  ScriptedSocket.last.accept('me')
})

afterEach(() => client.close())

/** The server does what it was last asked to. */
function allow(): void {
  const { id, room } = ScriptedSocket.last.lastFrame
  ScriptedSocket.last.say({ type: 'ack', re: id, room, group: `group of ${String(room)}` })
}

async function join(name: string): Promise<Room<string>> {
  const joining = client.join(name)
  allow()
  return joining
}

function say(id: string, room: string): void {
  ScriptedSocket.last.say({ type: 'message', id, from: 'other', to: { room }, data: id })
}

describe('join', () => {
  it('brings a room when the server has let the client in', async () => {
    const joining = client.join('lobby', { announce: true })
    expect(ScriptedSocket.last.lastFrame).toMatchObject({
      action: 'join',
      room: 'lobby',
      announce: true,
    })
    allow()
    const { name } = await joining
    expect(name).toBe('lobby')
  })

  it('rejects with what the server says', async () => {
    const joining = client.join('vault')
    const { id } = ScriptedSocket.last.lastFrame
    const error = { type: 'error', re: id, code: 'FORBIDDEN', message: 'no', room: 'vault' }
    ScriptedSocket.last.say(error)
    await expect(joining).rejects.toMatchObject({ code: 'FORBIDDEN', message: 'no' })
  })

  it('sends no name that is longer than a frame', async () => {
    const { length } = ScriptedSocket.last.sent
    const joining = client.join('x'.repeat(32 * 1024))
    await expect(joining).rejects.toMatchObject({ code: 'TOO_LARGE' })
    expect(ScriptedSocket.last.sent).toHaveLength(length)
  })

  it('gives up after its time, or with its signal', async () => {
    const late = client.join('lobby', { timeoutMs: 5 })
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
    const signal = AbortSignal.abort(new Error('before'))
    await expect(client.join('lobby', { signal })).rejects.toThrow('before')
  })
})

describe('a room', () => {
  it('sends to all in it', async () => {
    const room = await join('lobby')
    const sending = room.send('hi', { echo: false })
    const { id: _, ...frame } = ScriptedSocket.last.lastFrame
    expect(frame).toEqual({
      action: 'sendmessage',
      to: { room: 'lobby' },
      data: 'hi',
      echo: false,
    })
    ScriptedSocket.last.ack()
    expect(await sending).toEqual({ id: 'message', sent: 1, gone: 0, failed: 0 })
  })

  it('tells page by page who is in it', async () => {
    const room = await join('lobby')
    const listing = room.members({ after: 'x' })
    const { id, ...frame } = ScriptedSocket.last.lastFrame
    expect(frame).toEqual({ action: 'members', room: 'lobby', after: 'x' })
    const page = { room: 'lobby', connectionIds: ['y', 'z'] }
    ScriptedSocket.last.say({ type: 'members', re: id, ...page })
    expect(await listing).toEqual(page)
  })

  it('sends and asks when what it has to do itself is answered', async () => {
    const room = await join('lobby')
    const announcing = client.join('lobby', { announce: true })
    const settled = Promise.allSettled([room.send('hi'), room.members()])
    expect(ScriptedSocket.last.lastFrame).toMatchObject({ action: 'join' })
    allow()
    await announcing
    const actions = ScriptedSocket.last.sent.slice(-2).map((text) => readObject(text).action)
    expect(actions).toEqual(['sendmessage', 'members'])
    await client.close()
    await settled
  })

  it('hears its own messages, and the client hears all', async () => {
    const [lobby, hall] = [await join('lobby'), await join('hall')]
    const heard: string[] = []
    lobby.on('message', ({ data }) => heard.push(`lobby: ${data}`))
    const off = hall.on('message', ({ data }) => heard.push(`hall: ${data}`))
    client.on('message', ({ data }) => heard.push(`client: ${data}`))
    say('1', 'lobby')
    say('2', 'hall')
    off()
    say('3', 'hall')
    expect(heard).toEqual(['lobby: 1', 'client: 1', 'hall: 2', 'client: 2', 'client: 3'])
  })

  it('hears who comes and who leaves', async () => {
    const [lobby, hall] = [await join('lobby'), await join('hall')]
    const heard: string[] = []
    lobby.on('joined', ({ connectionId, user }) => heard.push(`+${connectionId} ${user}`))
    lobby.on('left', ({ connectionId }) => heard.push(`-${connectionId}`))
    hall.on('joined', () => heard.push('in the hall'))
    const who = { group: 'group of lobby', connectionId: 'x' }
    ScriptedSocket.last.say({ type: 'joined', id: '1', ...who, user: 'alice' })
    ScriptedSocket.last.say({ type: 'left', id: '2', ...who })
    expect(heard).toEqual(['+x alice', '-x'])
  })

  it('reports what a listener throws as an error of the client', async () => {
    const room = await join('lobby')
    const errors: string[] = []
    client.on('error', ({ message }) => errors.push(message))
    room.on('message', () => {
      throw new Error('mine')
    })
    say('1', 'lobby')
    await nextTurn()
    expect(errors).toEqual(['mine'])
  })

  it('is silent once it is left, and does not wake when it is joined again', async () => {
    const first = await join('lobby')
    const heard: string[] = []
    first.on('message', ({ data }) => heard.push(`first: ${data}`))
    client.on('message', ({ data }) => heard.push(`client: ${data}`))
    const leaving = first.leave()
    say('1', 'lobby')
    allow()
    await leaving
    const second = await join('lobby')
    second.on('message', ({ data }) => heard.push(`second: ${data}`))
    say('2', 'lobby')
    expect(heard).toEqual(['client: 2', 'second: 2'])
  })

  it('that two hold is left for both', async () => {
    const [one, other] = [await join('lobby'), await client.join('lobby')]
    const heard: string[] = []
    other.on('message', ({ data }) => heard.push(data))
    say('1', 'lobby')
    const leaving = one.leave()
    say('2', 'lobby')
    allow()
    await leaving
    expect(heard).toEqual(['1'])
  })

  it('that the server does not let the client into again has ended, and is silent', async () => {
    const room = await join('lobby')
    const heard: string[] = []
    client.on('error', ({ message }) => heard.push(`error: ${message}`))
    room.on('ended', ({ error }) => heard.push(`ended: ${error.code}`))
    room.on('message', ({ data }) => heard.push(data))
    // As it does after a loss, too.
    client.join('lobby', { announce: true }).catch(() => heard.push('not announced'))
    const { id } = ScriptedSocket.last.lastFrame
    const error = { type: 'error', re: id, code: 'FORBIDDEN', message: 'no', room: 'lobby' }
    ScriptedSocket.last.say(error)
    await nextTurn()
    await join('lobby')
    say('1', 'lobby')
    expect(heard).toEqual(['ended: FORBIDDEN', 'error: no', 'not announced'])
  })
})

describe('sendToUser', () => {
  it('names a user, and leaves the sender out when it is told to', async () => {
    const sending = client.sendToUser('alice', 'hi', { echo: false })
    const { id: _, ...frame } = ScriptedSocket.last.lastFrame
    expect(frame).toEqual({
      action: 'sendmessage',
      to: { user: 'alice' },
      data: 'hi',
      echo: false,
    })
    ScriptedSocket.last.ack()
    await sending
  })
})
