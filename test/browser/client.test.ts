import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { CLIENT_BUNDLE } from '../../scripts/build-client.ts'
import { eventually } from '../support/eventually.ts'
import { startStack } from '../support/stack.ts'
import { openPage } from './support/browser.ts'
import { servePages, type PageServer } from './support/page-server.ts'

/** It keeps what the tests ask for, and runs its client by timers that they can hold up. */
const PAGE = `<!doctype html>
<html lang="en">
  <title>A page with a client</title>
  <link rel="icon" href="data:,">
  <script type="module">
    import { createClient } from './client.js'
    globalThis.heldUp = false
    const clock = {
      now: () => Date.now(),
      after(milliseconds, task) {
        const timer = setTimeout(() => heldUp || task(), milliseconds)
        return () => clearTimeout(timer)
      },
    }
    const url = new URLSearchParams(location.search).get('url')
    globalThis.client = createClient({ url, clock })
    globalThis.heard = []
    client.on('message', ({ data }) => heard.push(data))
  </script>
</html>`

/** Chromium says so of each. */
const FAILED_ATTEMPT = /^console: WebSocket connection to .* failed/

let local: Local
let server: PageServer

beforeAll(async () => {
  const bundle = await build({ ...CLIENT_BUNDLE, entryPoints: ['client/index.ts'], write: false })
  server = await servePages({ '': PAGE, 'client.js': bundle.outputFiles[0]?.text ?? '' })
  local = await startStack()
})

afterAll(async () => {
  await server.close()
  await local.close()
})

// The pages of the test before may not have left yet.
beforeEach(() => eventually(async () => (await local.storedItems()).length === 0))

describe('the client in a browser', () => {
  it('sends to every page, and hears what is sent', async () => {
    const [one, other] = await Promise.all([open(), open()])
    const receipt = await one.evaluate("client.broadcast({ text: 'hi' })")
    expect(receipt).toMatchObject({ sent: 2, gone: 0, failed: 0 })
    for (const page of [one, other]) await page.waitForFunction('heard.length > 0')
    expect(await one.evaluate('heard')).toEqual([{ text: 'hi' }])
    expect(await other.evaluate('heard')).toEqual([{ text: 'hi' }])
  })

  it('sends what has waited once the machine is online again, although its timers are held up', async () => {
    const page = await open([FAILED_ATTEMPT])
    await page.context().setOffline(true)
    await local.clock.advance('10 minutes')
    await page.waitForFunction("client.state === 'reconnecting'")
    const other = await open()
    await page.evaluate("heldUp = true; globalThis.receipt = client.broadcast('later'); undefined")
    await page.context().setOffline(false)
    expect(await page.evaluate('receipt')).toMatchObject({ sent: 2, gone: 0, failed: 0 })
    await page.evaluate("client.broadcast('last')")
    await other.waitForFunction("heard.includes('last')")
    expect(await other.evaluate('heard')).toEqual(['later', 'last'])
  })

  it('tells why it cannot send', async () => {
    const page = await open()
    const code = "client.sendTo('AAAAAAAAAAAAAAA=', 'hi').catch(({ name, code }) => [name, code])"
    expect(await page.evaluate(code)).toEqual(['SwitchboardError', 'NOT_CONNECTED'])
  })

  it('closes its connection, and says so to the server', async () => {
    const page = await open()
    const connectionId = await page.evaluate('client.connectionId')
    await page.evaluate('client.close()')
    expect(await page.evaluate('client.state')).toBe('closed')
    const closed = await eventually(() =>
      local.trace.ofKind('disconnect').find((entry) => entry.connectionId === connectionId),
    )
    expect(closed.code).toBe(1000)
  })
})

async function open(expected: readonly RegExp[] = []): Promise<Page> {
  const page = await openPage(`${server.url}?${String(new URLSearchParams({ url: local.url }))}`, {
    expected,
  })
  await page.evaluate('client.connect()')
  return page
}
