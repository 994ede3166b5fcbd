import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildConsole } from '../../console/build.ts'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { startFixture } from '../support/fixture.ts'
import { openPage } from './support/browser.ts'

let local: Local

beforeAll(async () => {
  local = await startFixture({ console: { files: await buildConsole() } })
})

afterAll(() => local.close())

it('beside another app, nobody connects by itself, and the page says why', async () => {
  const page = await openPage(local.consoleUrl ?? '')
  await page.getByText('is another app than Switchboard').waitFor()
  expect(await page.locator('.card').count()).toBe(0)

  const client = await TestClient.connect(local.url)
  const stored = page.getByRole('region', { name: 'What the backend stores' })
  await stored.locator('tbody tr').first().waitFor()
  expect(await stored.getByText('Switchboard knows').isVisible()).toBe(false)
  await client.close()
  const handshakes = local.trace.entries.filter(({ kind }) => kind === 'handshake')
  expect(handshakes.length).toBe(1)
})
