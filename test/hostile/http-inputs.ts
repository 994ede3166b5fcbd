import type { Dice } from './dice.ts'
import { ending } from './endings.ts'
import type { HostileLine } from './hostile-line.ts'

/** A header that authorizes, for a request to which something is then done. */
export interface Signed {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const IDS = [
  'L0SM9cOFvHcCIhw=',
  'L0SM9cOFvHcCIhw%3D',
  '%',
  '%zz',
  '%ED%A0%80',
  '%00',
  '..',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'x'.repeat(3_000),
  'x'.repeat(20_000),
  '\xe9\xff',
  '',
  '?',
  '#',
  'a/b',
]

const AUTHORIZATIONS = [
  '',
  'Basic eDp5',
  'AWS4-HMAC-SHA256',
  'AWS4-HMAC-SHA256 Credential=',
  `AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  `AWS4-HMAC-SHA256 Credential=__proto__/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=__proto__, Signature=${'f'.repeat(64)}`,
  `AWS4-HMAC-SHA256${' '.repeat(10_000)}`,
  `AWS4-HMAC-SHA256 Credential=${'='.repeat(10_000)}`,
  'AWS4-ECDSA-P256-SHA256 Credential=A/B/C',
  '\xe9\xff',
]

const TARGETS = [
  'DynamoDB_20120810.PutItem',
  'DynamoDB_20120810.GetItem',
  'DynamoDB_20120810.Scan',
  'DynamoDB_20120810.BatchWriteItem',
  'DynamoDB_20120810.TransactWriteItems',
  'DynamoDB_20120810.__proto__',
  'DynamoDB_20120810.',
  'DynamoDBStreams_20120810.GetRecords',
  'constructor',
  '',
  '\xe9',
]

const DEEP = 20_000

const BODIES = [
  '',
  '{',
  'null',
  '[]',
  '"text"',
  '\xe9\xff\0',
  '{"TableName":{}}',
  '{"TableName":"../x","IndexName":"__proto__"}',
  '{"__proto__":{"TableName":"x"},"constructor":{"prototype":{}}}',
  '{"RequestItems":{"__proto__":[],"constructor":[]}}',
  '{"RequestItems":"text"}',
  `{"Item":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`,
  `{"TableName":"x","Item":${'{"M":'.repeat(DEEP)}{}${'}'.repeat(DEEP)}}`,
  '['.repeat(100_000),
  'x'.repeat(140_000),
]

/** A call to @connections or to DynamoDB that is wrong from its line to its body. */
export function httpInput(dice: Dice, signed: readonly Signed[]): HostileLine {
  const server = dice.chance(0.5) ? 'gateway' : 'dynamodb'
  const kind = dice.below(3)
  if (kind === 0) return { name: `a spoilt call to ${server}`, ...spoilt(dice, dice.pick(signed)) }
  const method = dice.pick(['POST', 'POST', 'GET', 'DELETE', 'PUT', 'HEAD', 'PROPFIND', 'x'])
  const keyword = dice.pick(['@connections', '%40connections', '@CONNECTIONS', '%'])
  const path = server === 'gateway' ? `/test/${keyword}/${dice.pick(IDS)}` : dice.pick(['/', '/%'])
  const headers = [
    'Host: localhost',
    `Authorization: ${dice.pick(AUTHORIZATIONS)}`,
    `X-Amz-Target: ${dice.pick(TARGETS)}`,
  ]
  if (dice.chance(0.2)) headers.push(`Authorization: ${dice.pick(AUTHORIZATIONS)}`)
  if (dice.chance(0.2)) headers.push(`X-Amz-Date: ${dice.text(10)}`, 'X-Amz-Date: 20260101T000000Z')
  const bytes = request(dice, `${method} ${path}`, headers, dice.pick(BODIES))
  const name = `${method} ${path.slice(0, 60)} of ${server}`
  return { name, server, writes: dice.pieces(bytes), ...ending(dice) }
}

/** With all of its body or not, in one piece or in chunks. */
function request(dice: Dice, line: string, headers: readonly string[], body: string): Buffer {
  const length = Buffer.byteLength(body, 'latin1')
  const framing = dice.pick([
    `Content-Length: ${length}\r\n\r\n${body}`,
    `Content-Length: ${length}\r\n\r\n${body}`,
    `Content-Length: ${length + 10_000}\r\n\r\n${body}`,
    `Transfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    `Transfer-Encoding: chunked\r\n\r\n${length.toString(16)}\r\n${body.slice(0, 10)}`,
    `Transfer-Encoding: chunked\r\n\r\n${body}`,
  ])
  return Buffer.from(`${line} HTTP/1.1\r\n${headers.join('\r\n')}\r\n${framing}`, 'latin1')
}

/** Signed as it should be, and then changed. The server knows the key, and has to look at all. */
function spoilt(dice: Dice, { method, path, headers, body }: Signed): Omit<HostileLine, 'name'> {
  const changed = new Map(Object.entries(headers))
  const name = dice.pick([...changed.keys()])
  const authorization = changed.get('authorization') ?? ''
  const signedHeaders = dice.pick(['constructor', '__proto__', 'toString', 'x', '-', 'host;;'])
  dice.pick([
    () => changed.delete(name),
    () => changed.set(name, dice.text(30)),
    () => changed.set('x-amz-date', '99999999T999999Z'),
    () => {
      const names = `SignedHeaders=${signedHeaders};`
      changed.set('authorization', authorization.replace('SignedHeaders=', names))
    },
    () => changed.set('authorization', authorization.replace(/.$/, 'g')),
    () => changed.set('authorization', authorization.replace(/\/us-[^/]+/, '/__proto__')),
  ])()
  const lines = [...changed].map(([key, value]) => `${key}: ${value}`)
  const content = dice.chance(0.5) ? body : `${body}!`
  const whole = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\nContent-Length: ${content.length}\r\n\r\n${content}`
  const server = changed.has('x-amz-target') ? 'dynamodb' : 'gateway'
  return {
    server,
    writes: [Buffer.from(whole, 'latin1')],
    ...ending(dice),
    reads: true,
    answered: true,
  }
}
