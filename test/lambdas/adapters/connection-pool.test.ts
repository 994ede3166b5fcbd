import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect, createServer as createTcpServer, Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConnectionPool } from '../../../lambdas/adapters/connection-pool.ts'
import { lineOpener } from '../../../lambdas/adapters/open-line.ts'
import { eventually } from '../../support/eventually.ts'
import { portOf } from '../../support/http-answers.ts'

const REQUEST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nframe'
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'

const cleanUps: (() => void)[] = []

afterEach(() => {
  vi.useRealTimers()
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

describe('an exchange with a server', () => {
  it('gives back status, headers and text', async () => {
    const { pool } = await served((_request, response) => {
      response.writeHead(418, { 'X-Kind': 'tea' }).end('pot ✓')
    })
    const answer = await pool.exchange(REQUEST)
    expect(answer).toMatchObject({ status: 418, text: 'pot ✓' })
    expect(answer.status === undefined ? undefined : answer.headers.get('x-kind')).toBe('tea')
  })

  it.each([
    { kind: 'a length', end: 'pot', headers: { 'Content-Length': '3' } },
    { kind: 'chunks', end: 'pot', headers: { Trailer: 'X-Sum' } },
    { kind: 'no body', end: '', headers: {} },
  ])('over a line that is used again after an answer with $kind', async ({ end, headers }) => {
    const { pool, lines } = await served((_request, response) => {
      response.writeHead(200, headers)
      if (end !== '') response.write(end)
      response.end()
    })
    for (let post = 0; post < 3; post += 1) {
      expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200, text: end })
    }
    expect(lines()).toBe(1)
  })

  it.each([204, 304])('has no body with the status %d', async (status) => {
    const { pool, lines } = await served((_request, response) => {
      response.writeHead(status).end()
    })
    await pool.exchange(REQUEST)
    expect(await pool.exchange(REQUEST)).toMatchObject({ status, text: '' })
    expect(lines()).toBe(1)
  })

  it('passes over interim answers', async () => {
    const { pool } = await served((_request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.writeProcessing()
      response.writeHead(200).end()
    })
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
  })

  it('takes a new line after one that was to be closed', async () => {
    const { pool, lines } = await served((_request, response) => {
      response.writeHead(200, { Connection: 'close' }).end('pot')
    })
    await pool.exchange(REQUEST)
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200, text: 'pot' })
    expect(lines()).toBe(2)
  })

  it('leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { pool } = await served((_request, response) => response.end())
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
    expect(vi.getTimerCount()).toBe(0)
    const { pool: broken } = await served((request) => request.socket.resetAndDestroy())
    await broken.exchange(REQUEST)
    expect(vi.getTimerCount()).toBe(0)
    const { pool: refused, server } = await tcp(() => {})
    server.close()
    await refused.exchange(REQUEST)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('an answer over a bare socket', () => {
  it('may be cut at any byte', async () => {
    const text = 'HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n✓\r\n0\r\n\r\n'
    const { pool, lines } = await tcp(async (socket) => {
      for (const byte of Buffer.from(text)) {
        socket.write(Buffer.from([byte]))
        await new Promise(setImmediate)
      }
    })
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 410, text: '✓' })
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 410, text: '✓' })
    expect(lines()).toBe(1)
  })

  it('may end with its line', async () => {
    const { pool } = await tcp((socket) => socket.end('HTTP/1.1 500 X\r\n\r\nproxy'))
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 500, text: 'proxy' })
  })

  it('that is no HTTP is an error, and closes its line without another try', async () => {
    const { pool, lines, requests, open } = await tcp((socket) =>
      socket.write('220 mail ESMTP\r\n'),
    )
    expect(await pool.exchange(REQUEST)).toMatchObject({ code: 'MalformedResponse' })
    await eventually(() => open() === 0)
    expect({ lines: lines(), requests: requests() }).toEqual({ lines: 1, requests: 1 })
  })

  it.each([
    { when: 'with the one before', send: (socket: Socket) => socket.write(OK + OK) },
    {
      when: 'later',
      send: (socket: Socket) => {
        socket.write(OK, () => setTimeout(() => socket.write(OK), 20))
      },
    },
  ])('that nobody asked for, $when, is never taken for the next', async ({ send }) => {
    const { pool, lines, open } = await tcp(send)
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
    await eventually(() => open() === 0)
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
    expect(lines()).toBe(2)
  })

  it('before the request has gone out is the last of its line', async () => {
    const { pool, lines, server } = await tcp(() => {})
    server.prependListener('connection', (socket: Socket) => {
      socket.pause()
      socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n')
    })
    const long = 'x'.repeat(20_000_000)
    expect(await pool.exchange(REQUEST + long)).toMatchObject({ status: 413 })
    expect(await pool.exchange(REQUEST + long)).toMatchObject({ status: 413 })
    expect(lines()).toBe(2)
  })
})

describe('a lost line', () => {
  it('is replaced once, when no byte of the answer had come', async () => {
    let count = 0
    const { pool, requests } = await tcp((socket) => {
      count += 1
      if (count === 2) socket.resetAndDestroy()
      else socket.write(OK)
    })
    await pool.exchange(REQUEST)
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
    expect(requests()).toBe(3)
  })

  it.each([
    { how: 'reset', cut: (socket: Socket) => socket.resetAndDestroy() },
    { how: 'ended', cut: (socket: Socket) => socket.end() },
  ])('that is $how twice is an error', async ({ cut }) => {
    const { pool, requests } = await tcp(cut)
    const error = { code: 'ECONNRESET', message: expect.any(String) }
    expect(await pool.exchange(REQUEST)).toEqual(error)
    expect(requests()).toBe(2)
  })

  it('is an error at once within an answer: the request has arrived', async () => {
    const { pool, requests } = await tcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', () => {
        setTimeout(() => socket.resetAndDestroy(), 20)
      })
    })
    expect(await pool.exchange(REQUEST)).toEqual({
      code: 'ECONNRESET',
      message: expect.any(String),
    })
    expect(requests()).toBe(1)
  })

  it('that was idle is not used again', async () => {
    const { pool, requests, open } = await tcp((socket) => {
      socket.write(OK, () => setTimeout(() => socket.end(), 20))
    })
    await pool.exchange(REQUEST)
    await eventually(() => open() === 0)
    await pool.exchange(REQUEST)
    expect(requests()).toBe(2)
  })

  it('where nobody listens is an error', async () => {
    const { pool, server } = await tcp(() => {})
    server.close()
    expect(await pool.exchange(REQUEST)).toMatchObject({ code: 'ECONNREFUSED' })
  })
})

describe('an answer that does not come in time', () => {
  it.each([
    { what: 'nothing of it', sent: '' },
    { what: 'not its end', sent: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf' },
  ])('is none when $what comes, and the line is closed', async ({ sent }) => {
    const { pool, requests, open } = await tcp((socket) => socket.write(sent), { answerMs: 100 })
    expect(await pool.exchange(REQUEST)).toEqual({
      code: 'TimeoutError',
      message: 'no answer within 100 ms',
    })
    await eventually(() => open() === 0)
    expect(requests()).toBe(1)
  })

  it('holds up neither those before it nor those that wait for a line', async () => {
    let count = 0
    const { pool } = await tcp(
      (socket) => {
        count += 1
        if (count !== 2) socket.write(OK)
      },
      { answerMs: 300, maxSockets: 1 },
    )
    const first = await pool.exchange(REQUEST)
    const second = pool.exchange(REQUEST)
    await new Promise((resolve) => setTimeout(resolve, 150))
    const third = pool.exchange(REQUEST)
    expect(first).toMatchObject({ status: 200 })
    expect(await second).toMatchObject({ code: 'TimeoutError' })
    expect(await third).toMatchObject({ status: 200 })
  })

  it('is none for those that got no line, and no line is opened for them any more', async () => {
    const { pool, opened, requests } = await tcp(() => {}, { answerMs: 100, maxSockets: 1 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const all = Promise.all(Array.from({ length: 3 }, () => pool.exchange(REQUEST)))
    await eventually(() => requests() === 1)
    vi.advanceTimersByTime(100)
    const late = { code: 'TimeoutError', message: 'no answer within 100 ms' }
    expect(await all).toEqual([late, late, late])
    vi.useRealTimers()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect({ opened: opened(), requests: requests() }).toEqual({ opened: 1, requests: 1 })
  })

  it('closes the lines that are free: they may have died without a word as well', async () => {
    const old = new Set<Socket>()
    const answer = (socket: Socket): unknown =>
      old.size < 3 ? old.add(socket) && socket.write(OK) : old.has(socket) || socket.write(OK)
    const { pool } = await tcp(answer, { answerMs: 1_000 })
    await Promise.all(Array.from({ length: 3 }, () => pool.exchange(REQUEST)))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const late = pool.exchange(REQUEST)
    vi.advanceTimersByTime(1_000)
    expect(await late).toMatchObject({ code: 'TimeoutError' })
    vi.useRealTimers()
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
  })

  it('is none when no connection is made in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    // A name that is never resolved: the socket goes on connecting.
    const socket = connect({ host: 'api.example', port: 80, lookup: () => {} })
    const timeouts = { connectMs: 50, answerMs: 10_000 }
    const pool = new ConnectionPool({ open: () => socket, maxSockets: 1, timeouts })
    const answer = pool.exchange(REQUEST)
    vi.advanceTimersByTime(50)
    expect(await answer).toEqual({ code: 'TimeoutError', message: 'no connection within 50 ms' })
    expect(socket.destroyed).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('may take longer than a connection may', async () => {
    const { pool } = await tcp((socket) => setTimeout(() => socket.write(OK), 200), {
      connectMs: 100,
    })
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
  })
})

describe('the lines of a pool', () => {
  it('are as many as it may have, and serve all the same', async () => {
    const { pool, lines } = await tcp((socket) => socket.write(OK), { maxSockets: 3 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => pool.exchange(REQUEST)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(20)
    expect(lines()).toBe(3)
  })

  it('make room for others when they are lost', async () => {
    let count = 0
    const { pool } = await tcp(
      (socket) => {
        count += 1
        if (count % 2 === 0) socket.write('no HTTP')
        else socket.write(OK)
      },
      { maxSockets: 2 },
    )
    const answers = await Promise.all(Array.from({ length: 20 }, () => pool.exchange(REQUEST)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
  })

  it('go to an address of IPv6', async () => {
    const server = createServer((_request, response) => response.end()).listen(0, '::1')
    await once(server, 'listening')
    cleanUps.push(
      () => server.close(),
      () => server.closeAllConnections(),
    )
    const pool = poolOf(openerTo(portOf(server.address()), '::1'))
    expect(await pool.exchange(REQUEST)).toMatchObject({ status: 200 })
  })
})

interface Limits {
  readonly connectMs?: number
  readonly answerMs?: number
  readonly maxSockets?: number
}

async function served(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  let count = 0
  server.on('connection', () => {
    count += 1
  })
  await once(server, 'listening')
  cleanUps.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  return { pool: poolOf(openerTo(portOf(server.address()))), lines: () => count }
}

/** A server that does something with each request, and answers nothing by itself. */
async function tcp(onRequest: (socket: Socket) => unknown, limits: Limits = {}) {
  const sockets: Socket[] = []
  let count = 0
  const server = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      if (!bytes.toString().endsWith('frame')) return
      count += 1
      onRequest(socket)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const open = vi.fn(openerTo(portOf(server.address())))
  return {
    server,
    pool: poolOf(open, limits),
    lines: () => sockets.length,
    opened: () => open.mock.calls.length,
    requests: () => count,
    open: () => sockets.filter((socket) => !socket.closed).length,
  }
}

function openerTo(port: number, host = '127.0.0.1'): () => Socket {
  return lineOpener({ secure: false, host, port })
}

function poolOf(open: () => Socket, limits: Limits = {}): ConnectionPool {
  const { connectMs = 5_000, answerMs = 10_000, maxSockets = 50 } = limits
  return new ConnectionPool({ open, maxSockets, timeouts: { connectMs, answerMs } })
}
