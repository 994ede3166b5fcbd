import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { AUDIENCE, startClosedStack, type ClosedStack } from '../support/closed-stack.ts'
import { publishOverHttp, type DoorOptions } from '../support/publish-door.ts'

let stack: ClosedStack
let local: Local
let client: TestClient

beforeAll(async () => {
  stack = await startClosedStack(inject('closedAssembly'))
  local = stack.local
  const token = await stack.issuer.sign({ sub: 'alice', aud: AUDIENCE })
  const headers = { Authorization: `Bearer ${token}` }
  client = await TestClient.connect(local.url, { headers })
})

afterAll(async () => {
  await client.close()
  await stack.close()
})

const call = (body: string, options: DoorOptions = {}) => publishOverHttp(local, body, options)

const EVERYONE = JSON.stringify({ to: 'everyone', data: { orders: 7 } })

describe('the HTTP door', () => {
  it('takes a publication, and tells the id of its message', async () => {
    const { status, answer } = await call(EVERYONE)
    expect([status, answer]).toEqual([202, { id: expect.stringMatching(/^[\da-f-]{36}$/) }])
    const message = { type: 'message', to: 'everyone', data: { orders: 7 } }
    expect(await client.nextOfType('message')).toEqual({ ...message, ...Object(answer) })
  })

  it('keeps the id that the backend gives, however the body was sent', async () => {
    const body = JSON.stringify({ to: { user: 'alice' }, data: '\uFFFF 大厅', id: 'order 7' })
    expect(await call(body)).toEqual({ status: 202, answer: { id: 'order 7' } })
    const message = { type: 'message', id: 'order 7', to: 'you', data: '\uFFFF 大厅' }
    expect(await client.nextOfType('message')).toEqual(message)
  })

  it.each([
    ['no JSON', 'hi', 400, /^not JSON/],
    ['no object', '[]', 400, /expected an object such as/],
    ['no target', '{"data":1}', 400, /^to: expected a value/],
    ['a target of no kind', '{"to":{"rom":"a"},"data":1}', 400, /^to: expected "everyone"/],
    ['too much', JSON.stringify({ to: 'everyone', data: 'x'.repeat(131_072) }), 413, /131072/],
  ])('refuses %s with what was expected', async (_, body, status, message) => {
    const code = status === 413 ? 'TOO_LARGE' : 'BAD_MESSAGE'
    const answer = { code, message: expect.stringMatching(message) }
    expect(await call(body)).toEqual({ status, answer })
  })

  it('takes POST alone', async () => {
    expect(await call('', { method: 'GET' })).toMatchObject({ status: 405 })
  })

  it('is shut for whom IAM does not know', async () => {
    const unsigned = await fetch(local.outputs['PublishUrl'] ?? '', {
      method: 'POST',
      body: EVERYONE,
    })
    expect(unsigned.status).toBe(403)
    const credentials = { ...local.credentials, secretAccessKey: 'guessed' }
    expect(await call(EVERYONE, { credentials })).toMatchObject({ status: 403 })
  })
})
