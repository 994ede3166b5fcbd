import { clientFrame, CONTINUATION, PING, TEXT } from '../support/client-frame.ts'
import type { Dice } from './dice.ts'
import { ending } from './endings.ts'
import { goodHandshake } from './handshake-inputs.ts'
import type { HostileLine } from './hostile-line.ts'

const BINARY = 2
const CLOSE = 8
const PONG = 10

const HALF_PING = clientFrame('{"action":"ping"}').subarray(0, 9)

/** More levels than a recursion has room for. */
const DEEP = 15_000

const MESSAGES = [
  '',
  ' ',
  'null',
  '0',
  '"ping"',
  '[]',
  '{}',
  '{"action":null}',
  '{"action":{"toString":1}}',
  '{"action":["ping"]}',
  '{"action":"$connect"}',
  '{"action":"$disconnect"}',
  '{"action":"__proto__"}',
  '{"__proto__":{"action":"ping"}}',
  '{"action":"constructor"}',
  '{"action":"ping","action":"ping-400"}',
  '{"action":"ping"',
  '{"action":"\\ud800"}',
  `{"action":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
  '['.repeat(30_000),
  `{"action":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
  `{"action":"${'x'.repeat(32_000)}"}`,
  '{"action":"ping"}',
  '{"action":"ping-oneway"}',
  '{"action":"locked"}',
]

function raw(...bytes: readonly number[]): Buffer {
  return Buffer.from(bytes)
}

/** A header that announces so many bytes, and what follows. */
function announcing(length: bigint, following = 0): Buffer {
  const header = Buffer.alloc(14)
  header.writeUInt8(0x81)
  header.writeUInt8(0xff, 1)
  header.writeBigUInt64BE(length, 2)
  return Buffer.concat([header, Buffer.alloc(following, 'x')])
}

/** The library, the gateway or both have to hang up on each of these. */
const BROKEN: readonly (readonly [string, Buffer])[] = [
  ['an unmasked frame', raw(0x81, 2, 0x68, 0x69)],
  ['RSV1', raw(0xc1, 0x80, 0, 0, 0, 0)],
  ['RSV2', raw(0xa1, 0x80, 0, 0, 0, 0)],
  ['RSV3', raw(0x91, 0x80, 0, 0, 0, 0)],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`opcode ${opcode}`, clientFrame('x', opcode)] as const,
  ),
  ['a ping in fragments', clientFrame('x', PING, false)],
  ['a close in fragments', clientFrame(raw(3, 232), CLOSE, false)],
  ['a ping of 126 bytes', clientFrame(Buffer.alloc(126), PING)],
  ['a close of 200 bytes', clientFrame(Buffer.alloc(200, 3), CLOSE)],
  ['a pong of 70,000 bytes', clientFrame(Buffer.alloc(70_000), PONG)],
  ['2^63 bytes', announcing(2n ** 63n)],
  ['2^64 - 1 bytes, and some', announcing(2n ** 64n - 1n, 1_000)],
  ['2^53 bytes', announcing(2n ** 53n, 10)],
  ['2^31 bytes', announcing(2n ** 31n, 100_000)],
  ['one byte too many', announcing(32_769n)],
  ['a continuation of nothing', clientFrame('x', CONTINUATION)],
  ['a text within a text', Buffer.concat([clientFrame('x', TEXT, false), clientFrame('y')])],
  ['invalid UTF-8', clientFrame(raw(0xc3, 0x28))],
  ['a lone surrogate', clientFrame(raw(0xed, 0xa0, 0x80))],
  ['UTF-8 that ends too early', clientFrame(raw(0xe2, 0x82))],
  ['a close of one byte', clientFrame(raw(3), CLOSE)],
  ...[0, 999, 1004, 1005, 1006, 1015, 2_999, 5_000, 65_535].map(
    (code) => [`close code ${code}`, clientFrame(raw(code >> 8, code & 0xff), CLOSE)] as const,
  ),
  ['a reason that is not UTF-8', clientFrame(raw(3, 232, 0xff), CLOSE)],
  ['binary', clientFrame('x', BINARY)],
  ['a message too large', Buffer.concat(Array.from({ length: 5 }, (_, index) => part(index)))],
  [
    'fragments without end',
    Buffer.concat(Array.from({ length: 20_000 }, (_, index) => bit(index))),
  ],
]

function part(index: number): Buffer {
  return clientFrame('x'.repeat(32_768), index === 0 ? TEXT : CONTINUATION, false)
}

function bit(index: number): Buffer {
  return clientFrame('x', index === 0 ? TEXT : CONTINUATION, false)
}

/** What follows a good handshake and is no conversation. */
export function frameInput(dice: Dice): HostileLine {
  // Some write before the handshake is answered.
  const opening = goodHandshake()
  const kind = dice.below(5)
  if (kind === 0) {
    const [name, frame] = dice.pick(BROKEN)
    const early = dice.chance(0.3)
    const after = dice.chance(0.5) ? [clientFrame('{"action":"ping"}')] : []
    const writes = early ? [Buffer.concat([opening, frame, ...after])] : [frame, ...after]
    const hangsUp = { ...ending(dice), reads: true, answered: true }
    return { name, ...(!early && { opening }), writes, ...hangsUp }
  }
  const end = ending(dice)
  if (kind === 1) {
    const message = dice.pick(MESSAGES)
    const writes = dice.pieces(clientFrame(message))
    return { name: `message ${message.slice(0, 60)}`, opening, writes, ...end }
  }
  if (kind === 2) {
    const length = 1 + dice.below(100)
    return { name: 'random bytes as frames', opening, writes: [dice.bytes(length)], ...end }
  }
  if (kind === 3) return { name: 'half a frame', opening, writes: [HALF_PING], ...end }
  return { name: 'a flood', opening, writes: flood(dice), ...end, reads: false }
}

function flood(dice: Dice): Buffer[] {
  const ping = clientFrame(Buffer.alloc(125), PING)
  const message = clientFrame(dice.pick(['{"action":"ping"}', '{"action":"nowhere"}']))
  const frame = dice.pick([ping, message])
  const closing = dice.chance(0.5) ? [clientFrame(raw(3, 232), CLOSE)] : []
  return [Buffer.concat(Array.from({ length: 1 + dice.below(60) }, () => frame)), ...closing, frame]
}
