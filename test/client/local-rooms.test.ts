import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Room } from '../../client/index.ts'
import type { Local } from '../../local/index.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'
import { LocalClients, SleepyClock } from './local-clients.ts'

let local: Local
let clients: LocalClients
beforeAll(async () => {
  local = await startStack()
  clients = new LocalClients(local)
})
afterEach(() => clients.close())
afterAll(() => local.close())

/** All that is heard in a room, oldest first. */
function listen(room: Room<string>): string[] {
  const heard: string[] = []
  room.on('message', ({ data }) => heard.push(data))
  room.on('joined', ({ connectionId }) => heard.push(`joined ${connectionId}`))
  room.on('left', ({ connectionId }) => heard.push(`left ${connectionId}`))
  room.on('rejoined', () => heard.push('rejoined'))
  return heard
}

describe('a room', () => {
  it('is joined again after a loss, and the others see who has left and who has come once', async () => {
    const clock = new SleepyClock(local.clock)
    const { client: away } = await clients.open({ clock })
    const { client: other } = await clients.open()
    const otherRoom = await other.join('lobby')
    const heardByOther = listen(otherRoom)
    const room = await away.join('lobby', { announce: true })
    const heard = listen(room)
    const former = away.connectionId
    await otherRoom.send('before')
    await eventually(() => heard.includes('before') && heardByOther.length === 2)
    clock.sleep()
    await local.clock.advance('10 minutes')
    clock.wake()
    await clients.until(() => heard.includes('rejoined'))
    await eventually(() => heardByOther.length === 4)
    await otherRoom.send('after')
    await eventually(() => heard.includes('after'))
    expect(heard).toEqual(['before', 'rejoined', 'after'])
    expect(new Set(heardByOther.slice(0, 2))).toEqual(new Set(['before', `joined ${former}`]))
    expect(heardByOther.slice(2)).toEqual([
      `left ${former}`,
      `joined ${away.connectionId}`,
      'after',
    ])
    const { connectionIds } = await room.members()
    expect(new Set(connectionIds)).toEqual(new Set([away.connectionId, other.connectionId]))
    expect(connectionIds).toHaveLength(2)
    await room.leave()
    await eventually(() => heardByOther.at(-1) === `left ${away.connectionId}`)
    await otherRoom.send('alone')
    await eventually(() => heardByOther.at(-1) === 'alone')
    expect(heard).toHaveLength(3)
  })

  it('loses nothing of a steady traffic, and doubles nothing, past two hours', async () => {
    const { client: sender } = await clients.open()
    const { client: receiver, reasons } = await clients.open()
    const room = await sender.join('lobby')
    const rooms = [listen(room), listen(await receiver.join('lobby'))]
    const sent: string[] = []
    const say = async (): Promise<void> => {
      const text = `message ${sent.length}`
      const count = sent.push(text)
      await room.send(text)
      await eventually(() => rooms.every((heard) => heard.length >= count))
    }
    for (const client of [sender, receiver]) {
      client.on('connected', () => {
        // While there are two, and when there is one again.
        for (const seconds of [0, 1, 20, 29, 31]) {
          local.clock.after(seconds * 1_000, () => void local.clock.hold(say()))
        }
      })
    }
    await local.clock.advance('125 minutes')
    await say()
    for (const heard of rooms) expect(heard.toSorted()).toEqual(sent.toSorted())
    expect(sent.length).toBeGreaterThan(10)
    expect(reasons).toEqual(['connect', 'answered'])
  })
})

describe('a user', () => {
  it('that nobody vouches for is not to be had, and the line stays open', async () => {
    const { client, reasons } = await clients.open()
    await expect(client.sendToUser('alice', 'hi')).rejects.toMatchObject({ code: 'NOT_CONNECTED' })
    expect(reasons).toEqual(['connect', 'answered'])
  })
})
