import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'

describe('messages through the deployed stack', () => {
  let local: Local
  beforeAll(async () => {
    local = await startLocal({ assembly: inject('assembly') })
  })
  afterAll(() => local.close())

  it('answers a ping with the connection’s own id', async () => {
    const client = await TestClient.connect(local.url)
    const pong = await client.request({ action: 'ping' })
    expect(pong).toEqual({ type: 'pong', connectionId: expect.stringMatching(/^[\w-]{15}=$/) })
    await client.close()
  })
})
