import { expect, inject, it, onTestFinished } from 'vitest'
import type { Local } from '../../local/index.ts'
import { refusedHandshake, TestClient } from '../support/client.ts'
import { connectRuns } from '../support/closed-stack.ts'
import { editedAssembly, removeVariable } from '../support/edited-assembly.ts'
import { startStack } from '../support/stack.ts'

/**
 * What the victim's browser sends when a page of evil.example opens a WebSocket to the stage: the
 * victim's cookies, and where the page is from, which its script cannot change.
 */
const ATTACK = { origin: 'https://evil.example', headers: { Cookie: 'session=of-the-victim' } }

/** The same browser, at the page that the stage is for. */
const PAGE = { ...ATTACK, origin: 'https://app.example' }

async function start(assembly: string): Promise<Local> {
  const local = await startStack({ assembly })
  onTestFinished(() => local.close())
  return local
}

it('a page from elsewhere can use the victim’s browser when no origins are listed', async () => {
  const local = await start(inject('assembly'))
  const page = await TestClient.connect(local.url, PAGE)
  const attacker = await TestClient.connect(local.url, ATTACK)
  await page.request({ action: 'sendmessage', data: 'for colleagues' })
  expect(await attacker.nextOfType('message')).toMatchObject({ data: 'for colleagues' })
  await attacker.close()
  await page.close()
})

it('S3: it cannot when they are: 403, and $connect never runs', async () => {
  // The allow-list alone, without tokens.
  const assembly = editedAssembly(inject('closedAssembly'), (template) => {
    removeVariable(template, 'JWT_ISSUER')
  })
  const local = await start(assembly)
  const { status, body } = await refusedHandshake(local.url, ATTACK)
  expect({ status, body }).toEqual({ status: 403, body: '{"message":"Forbidden"}' })
  expect(connectRuns(local)).toBe(0)

  const page = await TestClient.connect(local.url, PAGE)
  expect(connectRuns(local)).toBe(1)
  expect(await page.request({ action: 'sendmessage', data: 'hi' })).toMatchObject({ sent: 1 })
  await page.close()
})
