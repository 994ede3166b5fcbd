import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { closeServer, listen } from '../../local/http.ts'
import { TestClient } from '../support/client.ts'
import { eventually } from '../support/eventually.ts'
import { ConsolePage, startConsole, type ConsoleStack } from './support/console-page.ts'

/** What becomes of somebody's words in a page that takes them for something else. */
const HOSTILE: readonly string[] = [
  '<img src=x onerror="globalThis.pwned = 1">',
  '<script>globalThis.pwned = 1</script>',
  '<svg onload="globalThis.pwned = 1">',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '<a href="javascript:globalThis.pwned = 1" id="clients">click</a>',
  'javascript:globalThis.pwned=1',
  '"><b onmouseover=alert(1)>bold</b>',
  '</bdi></li></ol><h1>Another page</h1>',
  '<style>* { display: none }</style>',
  '&lt;b&gt;{{constructor.constructor("alert(1)")()}}${alert(1)}',
  '\u202Eright to left\u2066 and \u2067isolated \u200F\u061C',
  'ا'.repeat(50),
  'Z\u0351\u0352\u0353\u0354'.repeat(100),
  '__proto__',
  'constructor',
  'a\nb\tc\r\u0000\u0007',
]

/** Widens a page that does not break it. */
const LONG_WORD = 'w'.repeat(10_000)

/** Everything that could be made of somebody's words; a page that is whole has nothing new in it. */
const LOOK = `({
  ran: String(globalThis.pwned),
  polluted: String(({}).polluted),
  title: document.title,
  headings: document.querySelectorAll('h1, h2').length,
  kinds: [...new Set([...document.querySelectorAll('*')].map(({ localName }) => localName))].sort(),
  programs: [...document.querySelectorAll('script, style, link, iframe, img, svg, a')].length,
  attributes: [...document.querySelectorAll('*')].flatMap(({ attributes }) => [...attributes])
    .filter(({ name, value }) => /^on/.test(name) || /^javascript:/.test(value)).length,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})`

const DIRECTIONS = `[...new Set(
  [...document.querySelectorAll('[data-direction] bdi')].map((words) => getComputedStyle(words).unicodeBidi))]`

let stack: ConsoleStack

beforeAll(async () => {
  stack = await startConsole()
})

afterAll(() => stack.local.close())

it.each([1280, 390])('hostile messages stay text in a page of %d pixels', async (width) => {
  const { console, requested } = await openWatched(width)
  const stranger = await TestClient.connect(stack.local.url)
  onTestFinished(() => stranger.close())
  const say = async (data: unknown): Promise<void> => {
    expect(await stranger.request({ action: 'sendmessage', data })).toMatchObject({ failed: 0 })
  }
  const client = console.client(1)
  await say('a friendly one')
  await client.hears('a friendly one')
  const before = await console.page.evaluate(LOOK)
  for (const data of [...HOSTILE, { constructor: HOSTILE }, LONG_WORD]) {
    await say(data)
  }
  const words = client.region.locator('[data-direction="in"] .said bdi')
  await words.filter({ hasText: LONG_WORD.slice(0, 1000) }).waitFor()
  expect(await words.allTextContents()).toEqual(expect.arrayContaining([...HOSTILE]))
  expect(await console.page.evaluate(LOOK)).toEqual(before)
  // So that no word turns round what stands beside it.
  expect(await console.page.evaluate(DIRECTIONS)).toEqual(['isolate'])
  expect(requested()).toEqual([])
})

it('what a person types stays text, and is sent as it is', async () => {
  const { console, requested } = await openWatched()
  const [one, two] = [console.client(1), console.client(2)]
  await one.send('a friendly one')
  await two.hears('a friendly one')
  await one.join('a friendly room')
  const before = await console.page.evaluate(LOOK)
  for (const name of ['<img src=x onerror="globalThis.pwned = 1">', '__proto__']) {
    await one.join(name)
    await one.choose(`room ${name}`)
  }
  await one.choose('everyone')
  // A field has one line.
  const typed = HOSTILE.filter((text) => !text.includes('\n'))
  for (const text of typed) {
    await one.send(text)
    await two.hears(text)
  }
  await one.choose('another')
  await one.region.getByRole('textbox', { name: /connection id/ }).fill(HOSTILE[0] ?? '')
  await one.send('hi')
  expect(await two.heard()).toEqual(['a friendly one', ...typed])
  expect(await console.page.evaluate(LOOK)).toEqual(before)
  expect(requested()).toEqual([])
})

it.each(['javascript:globalThis.pwned=1', 'https://localhost/', '', '<b>'])(
  'a stage at %j is refused in words',
  async (url) => {
    const { console } = await openWatched()
    await console.page.getByRole('textbox', { name: 'Stage URL' }).fill(url)
    await console.page.getByRole('button', { name: 'Add connection' }).click()
    await console.page.getByRole('alert').filter({ hasText: 'ws:// or wss://' }).waitFor()
    expect(await console.client(4).region.count()).toBe(0)
    expect(await console.page.evaluate('String(globalThis.pwned)')).toBe('undefined')
  },
)

it('a hostile stage’s frames stay text', async () => {
  const { console, requested } = await openWatched()
  const [markup = ''] = HOSTILE
  const stage = await hostileStage((socket) => {
    socket.send(JSON.stringify({ type: 'pong', connectionId: markup }))
    const [from, user, id] = HOSTILE
    const fields = { type: 'message', to: markup, from, user }
    for (const data of HOSTILE) socket.send(JSON.stringify({ ...fields, id: `${data}${id}`, data }))
    for (const text of HOSTILE) {
      socket.send(text)
      socket.send(`{"type":"message","__proto__":{"polluted":1},"id":${JSON.stringify(text)}}`)
      socket.send(JSON.stringify({ type: text, code: text, message: text }))
      socket.send(JSON.stringify({ type: 'ack', room: text, group: text }))
      const who = { group: text, connectionId: text, user: text }
      socket.send(JSON.stringify({ type: 'joined', id: `joined ${text}`, ...who }))
      socket.send(JSON.stringify({ type: 'members', room: text, connectionIds: [text] }))
      socket.send(JSON.stringify({ type: 'error', code: text, message: text, re: text }))
      socket.send(JSON.stringify({ message: text, connectionId: text, requestId: text }))
    }
    socket.send(JSON.stringify({ ...fields, id: 'last', data: 'the last one' }))
  })
  const { page } = console
  await console.client(1).send('a friendly one')
  await console.client(2).hears('a friendly one')
  await console.client(1).choose('client 2')
  const before = await page.evaluate(LOOK)
  await page.getByRole('textbox', { name: 'Stage URL' }).fill(stage)
  await page.getByRole('button', { name: 'Add connection' }).click()
  const { region } = console.client(4)
  await region.locator('.said').filter({ hasText: 'the last one' }).waitFor()
  expect(await region.locator('.connection-id').textContent()).toBe(markup)
  expect(await page.evaluate(LOOK)).toEqual(before)
  expect(requested()).toEqual([])
})

/** A page, and what it has asked for since, but for what it always asks its own server. */
async function openWatched(width = 1280) {
  const console = await ConsolePage.open(stack.url, { viewport: { width, height: 800 } })
  await eventually(async () => (await console.storedRows()).length > 0)
  const requested: string[] = []
  console.page.on('request', (request) => requested.push(request.url()))
  return {
    console,
    requested: () => requested.filter((url) => url !== `${stack.url}@console/stored`),
  }
}

/** @param greet says all that it says, to a client that has just said `ping` */
async function hostileStage(greet: (socket: WebSocket) => void): Promise<string> {
  const server = createServer()
  const stage = new WebSocketServer({ server })
  stage.on('connection', (socket) => socket.once('message', () => greet(socket)))
  const port = await listen(server, 0)
  onTestFinished(async () => {
    for (const socket of stage.clients) socket.terminate()
    await closeServer(server)
  })
  return `ws://localhost:${port}/prod`
}
