import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startLocal, type Local } from '../../../local/index.ts'
import { TestClient } from '../../support/client.ts'

let local: Local
beforeAll(async () => {
  local = await startLocal({ assembly: inject('fixtureAssembly') })
})
afterAll(() => local.close())

const secureUrl = (): string => local.url.replace('ws:', 'wss:')

describe('the one port', () => {
  it('speaks wss:// beside ws://, and says so to $connect', async () => {
    for (const [url, proto] of [
      [local.url, 'http'],
      [secureUrl(), 'https'],
    ] as const) {
      const client = await TestClient.connect(url, { rejectUnauthorized: false })
      // The fixture gives an event back.
      client.send({ action: 'recall', key: await client.connectionId() })
      expect(await client.nextText()).toContain(`"X-Forwarded-Proto":"${proto}"`)
      await client.close()
    }
  })

  it('is trusted by nobody who does not know its certificate', async () => {
    await expect(TestClient.connect(secureUrl())).rejects.toThrow(/self.signed certificate/)
    const https = local.callbackUrl.replace('http:', 'https:')
    await expect(fetch(https)).rejects.toThrow('fetch failed')
  })

  it.each([
    [
      'byte by byte',
      (line: Socket, text: string) =>
        Buffer.from(text).forEach((one) => line.write(Buffer.of(one))),
    ],
    ['at once', (line: Socket, text: string) => void line.write(text)],
  ])('takes a request that comes %s', async (_, send) => {
    const line = connect(Number(new URL(local.url).port), '127.0.0.1')
    line.setNoDelay(true)
    send(line, 'GET /test HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const answer: unknown[] = await once(line, 'data')
    expect(String(answer[0])).toMatch(/^HTTP\/1\.1 426 /)
    line.destroy()
  })
})
