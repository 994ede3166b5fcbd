import { describe, expect, it } from 'vitest'
import { TestClient, refusedHandshake } from '../support/client.ts'
import { gatewayTarget } from './target.ts'

const MAX_FRAME_BYTES = 32_768
const MAX_MESSAGE_BYTES = 131_072
const MAX_URL_LENGTH = 4_096

const gateway = gatewayTarget()

/** Sends a text of so many bytes, in frames of at most so many. */
function sendInFrames({ socket }: TestClient, bytes: number, frameBytes: number): void {
  for (let sent = 0; sent < bytes; sent += frameBytes) {
    const frame = 'x'.repeat(Math.min(frameBytes, bytes - sent))
    socket.send(frame, { fin: sent + frameBytes >= bytes })
  }
}

/** Waits for the echo of a text of so many bytes. */
async function expectEcho(client: TestClient, bytes: number): Promise<void> {
  const event: unknown = await client.next()
  expect(event).toMatchObject({ body: expect.stringMatching(new RegExp(`^x{${bytes}}$`)) })
}

describe('one frame', () => {
  it('L1: of 32768 bytes passes', async () => {
    const client = await TestClient.connect(gateway.url)
    sendInFrames(client, MAX_FRAME_BYTES, MAX_FRAME_BYTES)
    await expectEcho(client, MAX_FRAME_BYTES)
    await client.close()
  })

  it.each([
    ['of 32769 bytes', 1],
    ['of 100000 bytes', 67_232],
    ['that would be too large as a message too', MAX_MESSAGE_BYTES],
  ])('L1: %s closes with 1009 and AWS’s reason, which $disconnect is told too', async (_, over) => {
    const client = await TestClient.connect(gateway.url)
    const connectionId = await client.connectionId()
    const bytes = MAX_FRAME_BYTES + over
    sendInFrames(client, bytes, bytes)
    const reason = 'Max frame length of 32768 has been exceeded.'
    expect(await client.closed).toEqual({ code: 1009, reason })
    const { requestContext } = await gateway.event('DISCONNECT', connectionId)
    expect(requestContext).toMatchObject({ disconnectStatusCode: 1009, disconnectReason: reason })
    expect(await gateway.events('MESSAGE', connectionId)).toEqual([])
  })

  it('L1: is measured also when it is a part of a message', async () => {
    const client = await TestClient.connect(gateway.url)
    client.socket.send('x', { fin: false })
    client.socket.send('x'.repeat(MAX_FRAME_BYTES + 1), { fin: true })
    expect(await client.closed).toMatchObject({ code: 1009 })
  })
})

describe('a message in several frames', () => {
  it.each([
    [MAX_FRAME_BYTES, 'as large as may be'],
    [1_000, 'small'],
  ])('L2: of 131072 bytes passes, in frames of %i, %s', async (frameBytes) => {
    const client = await TestClient.connect(gateway.url)
    sendInFrames(client, MAX_MESSAGE_BYTES, frameBytes)
    await expectEcho(client, MAX_MESSAGE_BYTES)
    // The next message starts anew.
    sendInFrames(client, MAX_FRAME_BYTES, MAX_FRAME_BYTES)
    await expectEcho(client, MAX_FRAME_BYTES)
    await client.close()
  })

  it.each([MAX_FRAME_BYTES, 1_000])('L2: of 131073 bytes closes with 1009', async (frameBytes) => {
    const client = await TestClient.connect(gateway.url)
    sendInFrames(client, MAX_MESSAGE_BYTES + 1, frameBytes)
    expect(await client.closed).toMatchObject({ code: 1009 })
  })
})

describe('the URL', () => {
  /** The path and query of a URL that has so many characters in all. */
  const ofLength = (length: number): string => {
    const { pathname } = new URL(gateway.url)
    return `${gateway.url}?${'x'.repeat(length - pathname.length - 1)}`
  }

  it('H15: of 4096 characters is accepted', async () => {
    const client = await TestClient.connect(ofLength(MAX_URL_LENGTH))
    await client.close()
  })

  it.each([MAX_URL_LENGTH + 1, 5 * MAX_URL_LENGTH])(
    'H15: of %i characters is refused with 414 (assumed)',
    async (length) => {
      expect(await refusedHandshake(ofLength(length))).toMatchObject({ status: 414 })
    },
  )
})
