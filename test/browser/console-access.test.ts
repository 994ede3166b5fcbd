import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { ConsolePage, startConsole, type ConsoleStack } from './support/console-page.ts'

/** Tabs from one end of the page to the other, and some more. */
const MAX_TABS = 150

const FINDINGS = `axe.run().then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ': ' + target.join(' '))))`

const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

/** Whether there is an outline about what has the focus, or about what stands for it. */
const FOCUS = `(() => {
  const { activeElement: focused } = document
  if (focused === document.body) return 'nothing'
  const seen = [focused, focused.nextElementSibling, focused.closest('label')].some((element) => {
    const { outlineStyle, outlineWidth } = element ? getComputedStyle(element) : {}
    return element && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
  })
  return seen ? 'shown' : focused.outerHTML.slice(0, 200)
})()`

let stack: ConsoleStack

beforeAll(async () => {
  stack = await startConsole()
})

afterAll(() => stack.local.close())

// The pages of the test before may not have left yet.
beforeEach(() => eventually(async () => (await stack.local.storedItems()).length === 0))

describe('with the keyboard alone', () => {
  it('a client is added, sends to all and to one, and is closed', async () => {
    const console = await ConsolePage.open(stack.url)
    const { page } = console
    await tabTo(page, page.getByRole('button', { name: 'Add connection' }))
    await page.keyboard.press('Enter')
    const client = console.client(4)
    await client.is('open')

    await tabTo(page, client.message)
    await page.keyboard.type('by key')
    await page.keyboard.press('Enter')
    await client.says(/^4 sent\.$/)
    await console.client(1).hears('by key')

    await tabTo(
      page,
      client.region.getByRole('radio', { name: 'everyone', exact: true }),
      'Shift+Tab',
    )
    const one = client.region.getByRole('radio', { name: 'client 1' })
    await eventually(async () => {
      if (await one.isChecked()) return true
      await page.keyboard.press('ArrowRight')
      return false
    })
    await tabTo(page, client.message)
    await page.keyboard.type('to you')
    await tabTo(page, client.region.getByRole('button', { name: 'Send' }))
    await page.keyboard.press('Space')
    await client.says(/^1 sent\.$/)
    expect(await console.client(1).hears('to you')).toMatchObject({ to: 'you' })

    const roomToJoin = client.region.getByRole('textbox', { name: 'Room to join' })
    await tabTo(page, roomToJoin, 'Shift+Tab')
    await page.keyboard.type('lobby')
    await page.keyboard.press('Enter')
    await client.says('In room lobby.')
    await tabTo(page, client.region.getByRole('button', { name: 'Leave lobby' }), 'Shift+Tab')
    await page.keyboard.press('Space')
    await client.says('Left room lobby.')
    expect(await roomToJoin.and(page.locator(':focus')).count()).toBe(1)

    await tabTo(page, client.region.getByRole('button', { name: 'Close' }))
    await page.keyboard.press('Space')
    await client.is('closed')
    await tabTo(page, client.region.getByRole('button', { name: 'Connect again' }))
    await page.keyboard.press('Enter')
    await client.is('open')
  })

  it('whatever has the focus shows it', async () => {
    const { page } = await ConsolePage.open(stack.url)
    const stops: unknown[] = []
    do {
      await page.keyboard.press('Tab')
      stops.push(await page.evaluate(FOCUS))
    } while (stops.at(-1) !== 'nothing' && stops.length < MAX_TABS)
    // Of each client alone: the log, whom to send to, the message and some buttons.
    expect(stops.length).toBeGreaterThan(3 * 6)
    expect(stops.filter((stop) => stop !== 'shown' && stop !== 'nothing')).toEqual([])
  })
})

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  it.each([1280, 390])('axe finds nothing in a page of %d pixels', async (width) => {
    // axe is a script of another than the page's own server.
    const options = { colorScheme, viewport: { width, height: 800 }, bypassCSP: true }
    const console = await ConsolePage.open(stack.url, options)
    await converse(console)
    await console.page.evaluate(`${axe.source}; undefined`)
    expect(await console.page.evaluate(FINDINGS)).toEqual([])
  })
})

it.each([390, 320])(
  'a phone of %d pixels shows the page without scrolling sideways',
  async (width) => {
    const console = await ConsolePage.open(stack.url, { viewport: { width, height: 800 } })
    await converse(console)
    expect(await console.page.evaluate(OVERFLOW)).toBe(0)
  },
)

/** Presses Tab until this has the focus. */
async function tabTo(page: Page, wanted: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const focused = wanted.and(page.locator(':focus'))
  for (let tabs = 0; (await focused.count()) === 0; tabs += 1) {
    if (tabs === MAX_TABS) throw new Error(`${key} does not lead to ${String(wanted)}`)
    await page.keyboard.press(key)
  }
}

/** Everything that the page can show: messages, outcomes, errors, the frames themselves. */
async function converse(console: ConsolePage): Promise<void> {
  const { page } = console
  const [one, two, three] = [console.client(1), console.client(2), console.client(3)]
  await page.getByRole('checkbox', { name: 'Raw frames' }).check()
  await one.send('Hello, everyone')
  await one.says(/^3 sent\.$/)
  await two.choose('client 1')
  await two.send('and you')
  await one.hears('and you')
  await three.choose('another')
  await three.region.getByRole('textbox', { name: /connection id/ }).fill('AAAAAAAAAAAAAAA=')
  await three.send('Anybody there?')
  await three.says(/^NOT_CONNECTED/)
  await one.join(`${'a long name '.repeat(9)}!`)
  await one.join('lobby', { announce: true })
  await two.join('lobby', { announce: true })
  await one.members('lobby').filter({ hasText: 'client 1, client 2' }).waitFor()
  await two.press('Cut network')
  await page.getByRole('textbox', { name: 'Stage URL' }).fill('nonsense')
  await page.getByRole('button', { name: 'Add connection' }).click()
  await page.getByRole('alert').filter({ hasText: 'ws://' }).waitFor()
  // Three connections, and three times a room has one of them in it.
  await eventually(async () => (await console.storedRows()).length === 6)
}
