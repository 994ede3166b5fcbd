import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { ConsolePage, startConsole, type ConsoleStack } from './support/console-page.ts'

let stack: ConsoleStack

beforeAll(async () => {
  stack = await startConsole()
})

afterAll(() => stack.local.close())

// The pages of the test before may not have left yet.
beforeEach(() => eventually(async () => (await stack.local.storedItems()).length === 0))

const BOTH = /^client 1, client 2$/

describe('a room', () => {
  it('has the messages of its members, and shows who they are', async () => {
    const page = await ConsolePage.open(stack.url)
    const [one, two, three] = [page.client(1), page.client(2), page.client(3)]
    await one.join('lobby')
    await two.join('lobby', { announce: true })
    for (const client of [one, two])
      await client.members('lobby').filter({ hasText: BOTH }).waitFor()

    await one.choose('room lobby')
    await one.send('to the room')
    await one.says(/^2 sent\.$/)
    const heard = await Promise.all([one.hears('to the room'), two.hears('to the room')])
    expect(heard.map(({ to }) => to)).toEqual([{ room: 'lobby' }, { room: 'lobby' }])

    await one.choose('everyone')
    await one.send('to all')
    await three.hears('to all')
    expect(await three.heard()).toEqual(['to all'])
  })

  it('that is left is heard no more, and is offered no more', async () => {
    const page = await ConsolePage.open(stack.url)
    const [one, two] = [page.client(1), page.client(2)]
    await one.join('lobby')
    await two.join('lobby', { announce: true })
    await two.choose('room lobby')
    await two.press('Leave lobby')
    await two.says('Left room lobby.')
    expect(await two.members('lobby').count()).toBe(0)
    const everyone = two.region.getByRole('radio', { name: 'everyone', exact: true })
    expect(await everyone.isChecked()).toBe(true)

    // It is told, for the other had announced itself.
    await one
      .members('lobby')
      .filter({ hasText: /^client 1$/ })
      .waitFor()
    await one.choose('room lobby')
    await one.send('alone')
    await one.says(/^1 sent\.$/)
    await two.choose('another')
    await two.region.getByRole('textbox', { name: /room:NAME/ }).fill('room:lobby')
    await two.send('from outside')
    await two.says(/has to join it first/)
    expect(await two.heard()).toEqual([])
  })

  it('is joined again after a loss, under the new ids', async () => {
    const page = await ConsolePage.open(stack.url)
    const clients = [page.client(1), page.client(2)]
    for (const client of clients) await client.join('lobby')
    const former = await Promise.all(clients.map((client) => client.connectionId()))
    await page.letPass('10 minutes')
    await Promise.all(clients.map((client, index) => client.connectionId(former[index])))
    // Neither announces itself, and the one that is back first does not see the other come.
    await eventually(async () => {
      await page.client(1).press('Refresh who is in lobby')
      return BOTH.test((await page.client(1).members('lobby').textContent()) ?? '')
    })
    await page.client(2).choose('room lobby')
    await page.client(2).send('here again')
    await page.client(1).hears('here again')
  })
})

describe('what a client may not have is told with its code', () => {
  it('a room whose name is too long, and a user who is not there', async () => {
    const one = (await ConsolePage.open(stack.url)).client(1)
    await one.region.getByRole('textbox', { name: 'Room to join' }).fill('x'.repeat(129))
    await one.press('Join')
    await one.says(/^BAD_MESSAGE: /)
    expect(await one.region.getByRole('list', { name: 'Rooms' }).count()).toBe(0)

    await one.choose('another')
    await one.region.getByRole('textbox', { name: /user:NAME/ }).fill('user:nobody')
    await one.send('hi')
    await one.says(/^NOT_CONNECTED: /)
  })
})
