import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Front, type Patience } from '../../../local/gateway/front.ts'
import {
  issueLocalCertificate,
  type LocalCertificate,
} from '../../../local/gateway/local-certificate.ts'

const FOREVER_MS = 3_600_000

/** Only what a test wants to run out runs out. */
const NEVER: Patience = {
  firstByteMs: FOREVER_MS,
  tlsMs: FOREVER_MS,
  headersMs: FOREVER_MS,
  requestMs: FOREVER_MS,
  checkEveryMs: 10,
  halfClosedMs: FOREVER_MS,
}

/** The first bytes of a TLS record of 512 bytes, which never come. */
const HALF_HELLO = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1])

let certificate: LocalCertificate
beforeAll(async () => {
  certificate = await issueLocalCertificate()
})

/** A front whose requests are read to their end and answered with `done`. */
async function start(patience: Partial<Patience>): Promise<number> {
  const front = new Front(
    certificate,
    (server) => {
      server.on('request', (request, response) => {
        request.resume().once('end', () => response.end('done'))
      })
    },
    { ...NEVER, ...patience },
  )
  onTestFinished(() => front.close(0))
  return front.listen(0)
}

function client(socket: Socket): Socket {
  onTestFinished(() => void socket.destroy())
  return socket.on('error', () => {}).resume()
}

/** Resolves when the other side has hung up. */
async function hungUp(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close')
}

describe('a line that keeps the gateway waiting is dropped', () => {
  it('for its first byte', async () => {
    const port = await start({ firstByteMs: 50 })
    await hungUp(client(connectTcp(port, '127.0.0.1')))
  })

  it('for the rest of its TLS handshake', async () => {
    const port = await start({ tlsMs: 50 })
    const line = client(connectTcp(port, '127.0.0.1'))
    line.write(HALF_HELLO)
    await hungUp(line)
  })

  it.each([
    ['a line', 'GET /test HT'],
    ['headers', 'GET /test HTTP/1.1\r\nHost: x\r\nX-'],
  ])('for the rest of %s, encrypted or not', async (_, beginning) => {
    const port = await start({ headersMs: 50 })
    const plain = client(connectTcp(port, '127.0.0.1'))
    const secure = client(connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }))
    plain.write(beginning)
    secure.write(beginning)
    await Promise.all([hungUp(plain), hungUp(secure)])
  })

  it('for the rest of a body', async () => {
    const port = await start({ headersMs: 50, requestMs: 50 })
    const line = client(connectTcp(port, '127.0.0.1'))
    line.write('POST /test HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello')
    await hungUp(line)
  })
})

it('answers a request that comes in pieces within its time', async () => {
  const port = await start({})
  const line = client(connectTcp(port, '127.0.0.1'))
  line.write('POST /test HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Le')
  setTimeout(() => line.write('ngth: 5\r\n\r\nhello'), 100)
  let answer = ''
  line.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
  })
  await hungUp(line)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
})
