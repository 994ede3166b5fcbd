import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { ROOT } from '../support/root.ts'
import { ConsolePage, startConsole, type ConsoleStack } from './support/console-page.ts'

/** Each picture is loaded with the README. */
const MAX_PICTURE_BYTES = 250_000

const PICTURES = [
  { file: 'docs/console.png', colorScheme: 'light' },
  { file: 'docs/console-dark.png', colorScheme: 'dark' },
] as const

let stack: ConsoleStack

beforeAll(async () => {
  stack = await startConsole()
})

afterAll(() => stack.local.close())

it.each(PICTURES)('$file shows three clients that talk', async ({ file, colorScheme }) => {
  await eventually(async () => (await stack.local.storedItems()).length === 0)
  const viewport = { width: 1280, height: 1120 }
  const console = await ConsolePage.open(stack.url, { colorScheme, viewport })
  await talk(console)
  const { page } = console
  // As npm start has it.
  await page.getByRole('textbox', { name: 'Stage URL' }).fill('ws://localhost:3001/prod')
  await page.mouse.move(0, 0)
  await page.evaluate('document.activeElement.blur()')
  const picture = await page.screenshot({ animations: 'disabled' })
  expect(picture.length).toBeLessThan(MAX_PICTURE_BYTES)
  writeFileSync(join(ROOT, file), picture)
})

/** A message to everyone, one to a room, and one in other letters. */
async function talk(console: ConsolePage): Promise<void> {
  const [one, two, three] = [console.client(1), console.client(2), console.client(3)]
  await one.join('lobby')
  await two.join('lobby', { announce: true })
  await one.members('lobby').filter({ hasText: 'client 1, client 2' }).waitFor()
  await one.send('Hello, everyone!')
  await two.hears('Hello, everyone!')
  await one.says(/^3 sent/)
  await two.choose('room lobby')
  await two.send('Only the lobby can read this.')
  await one.hears('Only the lobby can read this.')
  await two.says(/^2 sent/)
  await three.choose('everyone else')
  await three.send('שלום, مرحبا, <b>hi</b>')
  await one.hears('שלום, مرحبا, <b>hi</b>')
  await three.says(/^2 sent/)
  // Three connections, and twice a room has one of them in it.
  await eventually(async () => (await console.storedRows()).length === 5)
}
