import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConnectionPool } from '../../../lambdas/adapters/connection-pool.ts'
import { destinationOf, lineOpener } from '../../../lambdas/adapters/open-line.ts'
import {
  issueLocalCertificate,
  type LocalCertificate,
} from '../../../local/gateway/local-certificate.ts'
import { portOf } from '../../support/http-answers.ts'
import { ROOT } from '../../support/root.ts'

/** Longer than a process may take that has nothing left to do. */
const KEPT_MS = 60_000
const PATIENCE_MS = 10_000

let certificate: LocalCertificate
let otherCertificate: LocalCertificate
let directory: string
let trusted: string

beforeAll(async () => {
  certificate = await issueLocalCertificate()
  directory = await mkdtemp(join(tmpdir(), 'switchboard-tls-'))
  trusted = join(directory, 'cert.pem')
  const options = { keyType: 'ec', algorithm: 'sha256' } as const
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'other' }], options)
  otherCertificate = { key, cert }
  await writeFile(trusted, `${certificate.cert}\n${cert}`)
})

afterAll(async () => {
  await rm(directory, { recursive: true })
})

describe('the destination of an endpoint', () => {
  it.each([
    { url: 'https://a.example', destination: { secure: true, host: 'a.example', port: 443 } },
    { url: 'http://a.example', destination: { secure: false, host: 'a.example', port: 80 } },
    { url: 'https://a.example:3001', destination: { secure: true, host: 'a.example', port: 3001 } },
    { url: 'http://[::1]:3001', destination: { secure: false, host: '::1', port: 3001 } },
  ])('of $url has its host and its port', ({ url, destination }) => {
    const { protocol, hostname, port } = new URL(url)
    const parts = { protocol, hostname, port: port === '' ? undefined : Number(port) }
    expect(destinationOf(parts)).toEqual(destination)
  })
})

describe('a line with TLS', () => {
  it('asks for the host by its name, and for HTTP/1.1; the second remembers the first', async () => {
    await using server = await secureServer()
    expect(await postsTo('localhost', server.port)).toEqual([200, 200])
    const same = { servername: 'localhost', alpnProtocol: 'http/1.1' }
    expect(server.lines).toEqual([
      { ...same, isResumed: false },
      { ...same, isResumed: true },
    ])
  })

  it('gives no name where the host is an address', async () => {
    await using server = await secureServer()
    expect(await postsTo('127.0.0.1', server.port)).toEqual([200, 200])
    expect(server.lines.map(({ servername }) => servername)).toEqual([false, false])
  })

  it('is none when nobody vouches for the certificate', async () => {
    await using server = await secureServer()
    const open = lineOpener({ secure: true, host: 'localhost', port: server.port })
    const timeouts = { connectMs: 5_000, answerMs: 10_000 }
    const pool = new ConnectionPool({ open, maxSockets: 1, timeouts })
    expect(await pool.exchange('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')).toMatchObject({
      code: expect.stringMatching(/CERT/),
    })
    expect(server.requests()).toBe(0)
  })

  it('is none when the certificate is another host’s', async () => {
    await using server = await secureServer(otherCertificate)
    expect(await postsTo('localhost', server.port)).toEqual([
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ])
    expect(server.requests()).toBe(0)
  })
})

/** What two requests came to, of a process that trusts the certificate. It has to end by itself. */
async function postsTo(host: string, port: number): Promise<unknown> {
  const args = ['--import', 'tsx', 'test/support/tls-posts.ts', host, String(port)]
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted }
  const options = { cwd: ROOT, env, timeout: PATIENCE_MS }
  const { stdout } = await promisify(execFile)(process.execPath, args, options)
  return JSON.parse(stdout)
}

interface SeenLine {
  readonly servername: unknown
  readonly alpnProtocol: unknown
  readonly isResumed: boolean
}

async function secureServer({ key, cert } = certificate) {
  const lines: SeenLine[] = []
  let count = 0
  const server = createServer({ key, cert, keepAliveTimeout: KEPT_MS }, ({ socket }, response) => {
    count += 1
    if (socket instanceof TLSSocket) {
      const { alpnProtocol } = socket
      const servername: unknown = Reflect.get(socket, 'servername')
      lines.push({ servername, alpnProtocol, isResumed: socket.isSessionReused() })
    }
    // The first line is not kept; the second is, and must not keep the process alive.
    response.writeHead(200, count === 1 ? { Connection: 'close' } : {}).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: portOf(server.address()),
    lines,
    requests: () => count,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
