import type { Dice } from './dice.ts'
import { ending } from './endings.ts'
import type { HostileLine } from './hostile-line.ts'

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

interface Parts {
  method: string
  path: string
  headers: [string, string][]
  /** After the headers. */
  body: string
}

/** A handshake in which nothing is wrong. */
export function goodHandshake(query = ''): Buffer {
  return encode(goodParts(query))
}

function goodParts(query = ''): Parts {
  return {
    method: 'GET',
    path: `/test${query}`,
    headers: [
      ['Host', 'localhost'],
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', KEY],
    ],
    body: '',
  }
}

const PATHS = [
  '//',
  '/',
  '/%',
  '/test/../test',
  '/prod/../test',
  '/./test',
  '/TEST',
  '/te%73t',
  '/test%00',
  '/test%2f',
  '/test//',
  '/test;x=1',
  '/test#x',
  '/t\xe9st',
  '/\xff\xfe\xfd',
  '*',
  'http://localhost/test',
  '//localhost/test',
  '/test/@connections/x',
  `/${'x'.repeat(5_000)}`,
  `/test?${'x'.repeat(4_090)}`,
  `/test?${'x'.repeat(4_091)}`,
  `/test?${'&'.repeat(3_000)}`,
  `/test?${'a&'.repeat(2_000)}`,
  '/test?%',
  '/test?%ff%fe=%c3%28',
  '/test?a=%ED%A0%80',
  '/test?__proto__=1&constructor=2&toString=3',
  '/test?a=1&a=2&a=%00',
  '/test?a=\xe9\xff',
  '/test??=?&&==',
]

const VALUES = [
  '',
  ' ',
  'websocket',
  'WebSocket',
  'websocket, websocket',
  'h2c',
  'a,b',
  ',',
  '"',
  '13',
  '8',
  '0',
  '-1',
  '13.0',
  '1e1',
  '13, 13',
  '99999999999999999999',
  KEY,
  `${KEY}, ${KEY}`,
  'dGhlIHNhbXBsZSBub25j_Q==',
  'dGhlIHNhbXBsZSBub25jZQ=',
  'AAAAAAAAAAAAAAAAAAAAAA==',
  'chat, chat',
  'chat,, superchat',
  'permessage-deflate; server_max_window_bits=99',
  'permessage-deflate; x="',
  '\xe9\xff',
  'x'.repeat(8_000),
]

const NAMES = [
  'Host',
  'Connection',
  'Upgrade',
  'Sec-WebSocket-Version',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Origin',
  'User-Agent',
  'X-Forwarded-For',
  'Content-Length',
  'Transfer-Encoding',
  'Cookie',
  '__proto__',
  'constructor',
  'Expect',
  'TE',
  'Trailer',
]

const METHODS = ['POST', 'PUT', 'HEAD', 'OPTIONS', 'TRACE', 'PATCH', 'M-SEARCH', 'get', 'NOPE', '']

const CHANGES: readonly ((parts: Parts, dice: Dice) => void)[] = [
  (parts, dice) => (parts.path = dice.pick(PATHS)),
  (parts, dice) => (parts.method = dice.pick(METHODS)),
  (parts, dice) => {
    parts.headers.splice(dice.below(parts.headers.length), 1)
  },
  (parts, dice) => {
    const header = dice.pick(parts.headers)
    header[1] = dice.pick(VALUES)
  },
  (parts, dice) => parts.headers.push([dice.pick(NAMES), dice.pick(VALUES)]),
  (parts, dice) => parts.headers.push(['Sec-WebSocket-Protocol', dice.pick(VALUES)]),
  (parts, dice) => parts.headers.push([dice.text(5), dice.text(20)]),
  (parts, dice) => {
    const count = dice.pick([20, 500, 1_990, 2_100])
    for (let index = 0; index < count; index += 1) parts.headers.push(['A', 'b'])
  },
  (parts, dice) => parts.headers.push(['X-Long', 'x'.repeat(dice.pick([8_000, 31_000, 40_000]))]),
  (parts, dice) => {
    const body = 'x'.repeat(dice.below(3_000))
    parts.headers.push(['Content-Length', String(dice.pick([body.length, 0, 7, 1_000_000]))])
    parts.body = body
  },
  (parts) => {
    parts.headers.push(['Transfer-Encoding', 'chunked'])
    parts.body = '5\r\nhello\r\n0\r\n\r\n'
  },
]

/** A handshake with one to three things wrong in it, or cut off. */
export function handshakeInput(dice: Dice): HostileLine {
  const parts = goodParts()
  const changes = Array.from({ length: 1 + dice.below(3) }, () => dice.below(CHANGES.length))
  for (const change of changes) CHANGES[change]?.(parts, dice)
  const whole = encode(parts)
  const cut = dice.chance(0.2)
  const bytes = cut ? whole.subarray(0, dice.below(whole.length)) : whole
  return {
    name: `a handshake with changes ${changes.join(', ')}${cut ? ', cut' : ''}: ${parts.method} ${parts.path.slice(0, 60)}`,
    secure: dice.chance(0.03),
    writes: dice.pieces(bytes),
    ...ending(dice),
  }
}

function encode({ method, path, headers, body }: Parts): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`, 'latin1')
}
