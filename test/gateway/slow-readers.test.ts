import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import { expect, it } from 'vitest'
import { TestClient } from '../support/client.ts'
import { gatewayTarget } from './target.ts'

const MAX_MESSAGE_BYTES = 131_072

/** More than any buffer on the way holds: 128 MB. */
const MAX_POSTS = 1_024

const gateway = gatewayTarget()

async function post(ConnectionId: string, Data: string): Promise<number> {
  return gateway.management.send(new PostToConnectionCommand({ ConnectionId, Data })).then(
    () => 200,
    (error: { $metadata: { httpStatusCode: number } }) => error.$metadata.httpStatusCode,
  )
}

it('P7: answers 429 for a client that does not read, and sends to it again once it has', async () => {
  const slow = await TestClient.connect(gateway.url)
  const slowId = await slow.connectionId()
  const other = await TestClient.connect(gateway.url)
  const otherId = await other.connectionId()
  slow.socket.pause()

  const text = 'x'.repeat(MAX_MESSAGE_BYTES)
  let posted = 0
  let status = 200
  while (status === 200 && posted < MAX_POSTS) {
    status = await post(slowId, text)
    if (status === 200) posted += 1
  }
  expect(status).toBe(429)
  expect(await post(otherId, 'hello')).toBe(200)
  expect(await other.nextText()).toBe('hello')

  slow.socket.resume()
  for (let index = 0; index < posted; index += 1)
    expect(await slow.nextText()).toHaveLength(MAX_MESSAGE_BYTES)
  expect(await post(slowId, 'again')).toBe(200)
  expect(await slow.nextText()).toBe('again')
  await slow.close()
  await other.close()
})
