import type { Dice } from './dice.ts'
import type { HostileLine } from './hostile-line.ts'
import { ending } from './endings.ts'

const TLS_HANDSHAKE = 0x16

/** What ought to be requests and is none. */
const NASTY: readonly string[] = [
  '',
  '\0',
  '\r\n\r\n\r\n\r\n',
  'G',
  'GET',
  'GET /test',
  'GET /test HTTP/1.1\r\n',
  'GET /test HTTP/1.1\r\nHost: x\r\nX-',
  'GET /test HTTP/9.9\r\nHost: x\r\n\r\n',
  'GET /test\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
  'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET http://example.com/test HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /test HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
  'GET /test HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'GET /test HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'POST /test HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n',
  'POST /test HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhel',
  'POST /test HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
  'POST /test HTTP/1.1\r\nHost: x\r\nExpect: the-impossible\r\nContent-Length: 5\r\n\r\nhello',
  'GET / HTTP/1.1\r\n\r\n',
  'SSH-2.0-OpenSSH_9.6\r\n',
  '*1\r\n$4\r\nPING\r\n',
  '\x16\x03\x01',
  '\x16\x03\x01\xff\xff\x01\0\0\0',
  '\x16\x03\x01\0\x05\x01\0\0\x01\0',
  '\x15\x03\x01\0\x02\x02\x28',
  '\x80\x2e\x01\0\x02\0\x15\0\0\0\x10',
]

/** Bytes that are no handshake, or not yet. */
export function tcpInput(dice: Dice): HostileLine {
  const end = ending(dice)
  const kind = dice.below(6)
  if (kind === 0) return { name: 'random bytes', writes: [dice.bytes(1 + dice.below(600))], ...end }
  if (kind === 1) return { name: 'a broken ClientHello', writes: dice.pieces(hello(dice)), ...end }
  if (kind === 2) return { name: 'requests in one go', writes: dice.pieces(pipeline(dice)), ...end }
  if (kind === 3) return { name: 'a cut request', writes: [cutRequest(dice)], ...end }
  if (kind === 4) return { name: 'a request without end', writes: endless(dice), ...end }
  const nasty = dice.pick(NASTY)
  const writes = dice.pieces(Buffer.from(nasty, 'latin1'))
  return { name: `bytes ${JSON.stringify(nasty)}`, writes, ...end }
}

/** A record with the type, version and length of a handshake, and nothing right in it. */
function hello(dice: Dice): Buffer {
  const body = dice.bytes(dice.below(400))
  const length = dice.chance(0.5) ? body.length : dice.below(65_536)
  const record = [TLS_HANDSHAKE, 3, dice.pick([0, 1, 3, 4, 255]), length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(record), body])
}

function pipeline(dice: Dice): Buffer {
  const requests = Array.from({ length: 1 + dice.below(50) }, () =>
    dice.pick([
      'GET /test HTTP/1.1\r\nHost: x\r\n\r\n',
      'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST /test/@connections/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
      'POST /test/@connections/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
      'GET /test HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ]),
  )
  return Buffer.from(requests.join(''))
}

function cutRequest(dice: Dice): Buffer {
  const whole = pipeline(dice)
  return whole.subarray(0, dice.below(whole.length))
}

function endless(dice: Dice): Buffer[] {
  const start = dice.pick([
    'GET /test?',
    'GET /test HTTP/1.1\r\nX: ',
    'POST /test HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n',
    'POST /test/@connections/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n',
  ])
  const more = Array.from({ length: 1 + dice.below(4) }, () => Buffer.alloc(16_384, 'x'))
  return [Buffer.from(start), ...more]
}
