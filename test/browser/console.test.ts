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

describe('messages', () => {
  it('to everyone are seen once by each client of each page, with one id', async () => {
    const pages = await Promise.all([ConsolePage.open(stack.url), ConsolePage.open(stack.url)])
    const clients = pages.flatMap((page) => [1, 2, 3].map((number) => page.client(number)))
    const [sender] = clients
    await sender?.send('hi')
    await sender?.says(/^6 sent\.$/)
    const messages = await Promise.all(clients.map((client) => client.hears('hi')))
    expect(new Set(messages.map(({ id }) => id)).size).toBe(1)
    expect(messages[0]).toMatchObject({ from: await sender?.connectionId(), to: 'everyone' })
    expect(await Promise.all(clients.map((client) => client.heard()))).toEqual(
      clients.map(() => ['hi']),
    )
  })

  it('to everyone else are not seen by who sends them', async () => {
    const page = await ConsolePage.open(stack.url)
    const [one, two] = [page.client(1), page.client(2)]
    await one.choose('everyone else')
    await one.send('hi')
    await two.hears('hi')
    await two.send('and you')
    await one.hears('and you')
    expect(await one.heard()).toEqual(['and you'])
  })

  it('to a client that is chosen reach that one alone', async () => {
    const page = await ConsolePage.open(stack.url)
    const [one, two, three] = [page.client(1), page.client(2), page.client(3)]
    await one.choose('client 2')
    await one.send('between us')
    await one.says(/^1 sent\.$/)
    expect(await two.hears('between us')).toMatchObject({ to: 'you' })
    await one.choose('everyone')
    await one.send('to all')
    for (const client of [one, two, three]) await client.hears('to all')
    expect(await one.heard()).toEqual(['to all'])
    expect(await two.heard()).toEqual(['between us', 'to all'])
    expect(await three.heard()).toEqual(['to all'])
  })

  it('to a client that has closed are told to have nobody to go to', async () => {
    const page = await ConsolePage.open(stack.url)
    await page.client(2).press('Close')
    await page.client(2).is('closed')
    await page.client(1).choose('client 2')
    await page.client(1).send('are you there?')
    await page.client(1).says(/^NOT_CONNECTED: /)
  })
})

describe('a network that is cut', () => {
  it('delivers what either side has sent meanwhile, once, when it is soon whole again', async () => {
    const page = await ConsolePage.open(stack.url)
    const [away, other] = [page.client(1), page.client(2)]
    await away.press('Cut network')
    await away.send('from away')
    await other.choose('client 1')
    await other.send('to away')
    await other.says(/^1 sent\.$/)
    expect([await away.heard(), await other.heard()]).toEqual([[], []])
    await away.press('Cut network')
    await other.hears('from away')
    await away.hears('to away')
    await away.says(/^3 sent\.$/)
    await other.choose('everyone')
    await other.send('last')
    await Promise.all([away.hears('last'), other.hears('last')])
    expect(await away.heard()).toEqual(['to away', 'from away', 'last'])
    expect(await other.heard()).toEqual(['from away', 'last'])
  })

  it('lets a client come back with another id and send what has waited, once', async () => {
    const page = await ConsolePage.open(stack.url)
    const [away, other] = [page.client(1), page.client(2)]
    const former = await away.connectionId()
    await away.press('Cut network')
    await page.letPass('10 minutes')
    await away.send('from away')
    await other.is('open')
    await other.choose('client 1')
    await other.send('to away')
    await other.says(/^NOT_CONNECTED: /)
    await away.press('Cut network')
    expect(await away.connectionId(former)).not.toBe(former)
    await other.hears('from away')
    await away.says(/ sent/)
    await other.send('again')
    await away.hears('again')
    expect(await other.heard()).toEqual(['from away'])
    expect(await away.heard()).toEqual(['from away', 'again'])
  })
})

describe('time', () => {
  it.each(['10 minutes', '2 hours'] as const)(
    'passes: after %s every connection has been cut, and has come back by itself',
    async (time) => {
      const page = await ConsolePage.open(stack.url)
      const clients = [1, 2, 3].map((number) => page.client(number))
      const former = await Promise.all(clients.map((client) => client.connectionId()))
      await page.letPass(time)
      await Promise.all(clients.map((client, index) => client.connectionId(former[index])))
      for (const { region } of clients) {
        const notes = await region.locator('[data-direction="note"]').allTextContents()
        expect(notes.some((note) => note.includes('reconnecting: the line was closed'))).toBe(true)
      }
      await page.client(1).send('here again')
      await Promise.all(clients.map((client) => client.hears('here again')))
    },
  )
})

describe('what the backend stores', () => {
  it('is shown to be the ids of the connections, and numbers', async () => {
    const page = await ConsolePage.open(stack.url)
    const clients = [1, 2, 3].map((number) => page.client(number))
    const ids = await Promise.all(clients.map((client) => client.connectionId()))
    // It leaves the sender's allowance in the table.
    await page.client(1).send('what nobody keeps')
    await page.client(1).says(/^3 sent/)
    const rows = await eventually(async () => {
      const all = await page.storedRows()
      return all.flat().length > all.length * 2 && all.length === 3 && all
    })
    const values = rows.flat()
    expect(values.filter((value) => ids.includes(value)).toSorted()).toEqual(ids.toSorted())
    expect(values.filter((value) => !ids.includes(value) && !/^\d+$/.test(value))).toEqual([])
  })

  it('is shown without those who have left', async () => {
    const page = await ConsolePage.open(stack.url)
    const id = await page.client(3).connectionId()
    await eventually(async () => (await page.storedRows()).flat().includes(id))
    await page.client(3).press('Close')
    const rows = await eventually(async () => {
      const all = await page.storedRows()
      return all.length === 2 && all
    })
    expect(rows.flat()).not.toContain(id)
  })
})
