import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { ROOT } from '../support/root.ts'
import { ConsolePage } from './support/console-page.ts'

/** It synthesizes the stack first. */
const START_WITHIN_MS = 60_000

let start: ChildProcess
let url: string

beforeAll(async () => {
  const command = [
    '--import',
    'tsx',
    join(ROOT, 'local', 'cli.ts'),
    '--auth',
    '--port',
    '0',
    '--quiet',
  ]
  start = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  start.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')))
  url = await eventually(() => /http:\/\/localhost:\d+\//.exec(printed)?.[0], START_WITHIN_MS)
}, START_WITHIN_MS)

afterAll(async () => {
  const ended = once(start, 'exit')
  start.kill('SIGTERM')
  await ended
})

it('npm start -- --auth: a message shows who has sent it, as the token says', async () => {
  const console = await ConsolePage.open(url)
  const [alice, bob] = [console.client(1), console.client(2)]
  await alice.send('from alice')
  expect(await bob.hears('from alice')).toMatchObject({ user: 'alice' })
  await bob.send('from bob')
  expect(await alice.hears('from bob')).toMatchObject({ user: 'bob' })
  const said = bob.region.locator('[data-kind="message"]').filter({ hasText: 'from alice' })
  expect(await said.textContent()).toContain('user alice')
})

it('npm start -- --auth: the connection that is added is of whoever is chosen', async () => {
  // A browser says no more of a handshake that is refused.
  const expected = [/^console: WebSocket connection to .* failed/]
  const console = await ConsolePage.open(url, { expected })
  const { page } = console
  await page.getByRole('combobox', { name: 'Sign in as' }).selectOption('bob')
  await page.getByRole('button', { name: 'Add connection' }).click()
  await console.client(4).is('open')
  await console.client(4).send('from the fourth')
  expect(await console.client(1).hears('from the fourth')).toMatchObject({ user: 'bob' })

  await page.getByRole('combobox', { name: 'Sign in as' }).selectOption('nobody')
  await page.getByRole('button', { name: 'Add connection' }).click()
  const nobody = console.client(5)
  await nobody.region
    .locator('.uptime')
    .filter({ hasText: /attempt [2-9]/ })
    .waitFor()
  await nobody.is('connecting')
})

it('npm start -- --auth: clients come back with new tokens when theirs have expired', async () => {
  const console = await ConsolePage.open(url)
  const clients = [1, 2, 3].map((number) => console.client(number))
  const former = await Promise.all(clients.map((client) => client.connectionId()))
  await console.letPass('2 hours')
  await Promise.all(clients.map((client, index) => client.connectionId(former[index])))
  await console.client(2).send('still bob')
  expect(await console.client(1).hears('still bob')).toMatchObject({ user: 'bob' })
})
