import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { openPage } from './support/browser.ts'
import { startConsole, type ConsoleStack } from './support/console-page.ts'
import { servePages, type PageServer } from './support/page-server.ts'

/** What a browser says of a page that asks what it may not. */
const REFUSED = [
  /Access to fetch at/,
  /^failed: /,
  /^refused: 403 /,
  /^console: Failed to load/,
  /frame/i,
]

let stack: ConsoleStack
let foreign: PageServer

beforeAll(async () => {
  const page = '<!doctype html><title>A foreign page</title><link rel="icon" href="data:,">'
  foreign = await servePages({ '': page })
  stack = await startConsole()
})

afterAll(async () => {
  await foreign.close()
  await stack.local.close()
})

/** Tries all that a script can; what it could read or do is no `refused`. */
const TRY_ALL = `(async (console) => {
  const text = { method: 'POST', body: '{"minutes":30}' }
  const json = { ...text, headers: { 'Content-Type': 'application/json' } }
  const tries = [
    ['@console/config', {}],
    ['@console/stored', {}],
    ['@console/stored', { mode: 'no-cors' }],
    ['@console/advance', { ...text, mode: 'no-cors' }],
    ['@console/advance', text],
    ['@console/advance', json],
    ['@console/token', { ...text, body: '{"subject":"alice"}' }],
    ['', {}],
  ]
  return Promise.all(
    tries.map(([path, init]) => fetch(console + path, init).then(({ status }) => status, () => 'refused')),
  )
})`

// Of the same site by another port, and of another site.
it.each(['localhost', '127.0.0.1'])(
  'a foreign page at %s can use nothing of the console',
  async (host) => {
    const page = await openPage(foreign.url.replace('localhost', host), { expected: REFUSED })
    const answered: string[] = []
    page.on('response', (response) => {
      if (response.status() !== 403) answered.push(new URL(response.url()).pathname)
    })
    const outcomes = await page.evaluate(`${TRY_ALL}(${JSON.stringify(stack.url)})`)
    expect(outcomes).toEqual(Array.from({ length: 8 }, () => 'refused'))
    // The page itself is no secret, and its own headers keep it from others' scripts.
    expect(answered.filter((path) => path !== '/')).toEqual([])
    expect(stack.local.clock.now() - Date.now()).toBeLessThan(60_000)
  },
)

it('a foreign page cannot show the console in a frame', async () => {
  const page = await openPage(foreign.url, { expected: REFUSED })
  await page.evaluate(`document.body.append(
    Object.assign(document.createElement('iframe'), { src: ${JSON.stringify(stack.url)} }))`)
  const frame = await eventually(() => page.frames().find((each) => each !== page.mainFrame()))
  await eventually(() => frame.url().startsWith('chrome-error:'))
  expect(await frame.locator('h1').filter({ hasText: 'Switchboard' }).count()).toBe(0)
})
