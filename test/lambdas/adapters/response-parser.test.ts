import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ResponseParser, type Parsed } from '../../../lambdas/adapters/response-parser.ts'

const MALFORMED = 'MalformedResponse'
const MAX_BYTES = 16 * 1024

describe('a response', () => {
  it.each([
    { kind: 'a length', text: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody' },
    { kind: 'chunks', text: chunked('2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n') },
    {
      kind: 'chunks with extensions and trailers',
      text: chunked('4;a="b"\r\nbody\r\n000 ;x\r\nX-Sum: 1\r\n\r\n'),
    },
    { kind: 'an interim one before it', text: `HTTP/1.1 103 Early\r\nA: b\r\n\r\n${ok('body')}` },
    {
      kind: 'several before it',
      text: `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(3)}${ok('body')}`,
    },
    { kind: 'no reason', text: 'HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody' },
    { kind: 'an empty reason', text: 'HTTP/1.1 200 \r\nContent-Length:4\r\n\r\nbody' },
  ])('with $kind is read, and its line goes on', ({ text }) => {
    expect(parse(text)).toMatchObject({ answer: { status: 200, text: 'body' }, persistent: true })
  })

  it.each([204, 304])('with the status %d has no body, whatever it says', (status) => {
    const text = `HTTP/1.1 ${status} X\r\nContent-Length: 4\r\n\r\n`
    expect(parse(text)).toMatchObject({ answer: { status, text: '' }, persistent: true })
    const bare = parse(`HTTP/1.1 ${status} X\r\nTransfer-Encoding: chunked\r\n\r\n`)
    expect(bare).toMatchObject({ answer: { status }, persistent: true })
  })

  it.each([
    { kind: 'says so', text: ok('body', 'Connection: close') },
    { kind: 'says so among others', text: ok('body', 'Connection: x, Close') },
    { kind: 'is of HTTP/1.0', text: ok('body').replace('1.1', '1.0') },
    { kind: 'goes on after its end', text: `${ok('body')}H` },
  ])('that $kind is the last of its line', ({ text }) => {
    expect(parse(text)).toMatchObject({ answer: { status: 200, text: 'body' }, persistent: false })
  })

  it('without a length ends with its line', () => {
    const parser = new ResponseParser()
    expect(parser.read(Buffer.from('HTTP/1.1 500 X\r\n\r\nbo'))).toBeUndefined()
    expect(parser.read(Buffer.from('dy'))).toBeUndefined()
    expect(parser.end()).toMatchObject({ answer: { status: 500, text: 'body' }, persistent: false })
  })

  it.each(['', 'HTTP/1.1 200 OK\r\n', ok('body').slice(0, -1), chunked('4\r\nbody\r\n0\r\n')])(
    'whose line ends after %j is none',
    (text) => {
      const parser = new ResponseParser()
      expect(parser.read(Buffer.from(text))).toBeUndefined()
      expect(parser.end()).toBeUndefined()
    },
  )

  it('has its headers by their names in lower case', () => {
    const parsed = parse(ok('', 'X-One:  a \r\nx-ONE: b\r\n__proto__: c'))
    expect(headersOf(parsed)).toEqual([
      ['content-length', '0'],
      ['x-one', 'a, b'],
      ['__proto__', 'c'],
    ])
  })

  it('has a text in UTF-8, also where a character was cut in two', () => {
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n✓`)
    const parser = new ResponseParser()
    expect(parser.read(bytes.subarray(0, -1))).toBeUndefined()
    expect(parser.read(bytes.subarray(-1))).toMatchObject({ answer: { text: '✓' } })
  })
})

describe('what is not HTTP', () => {
  it.each([
    'SSH-2.0-OpenSSH_9.2\r\n',
    'HTTP/2',
    'http/1.1 200 OK\r\n\r\n',
    'HTTP/1.1 20 OK\r\n\r\n',
    'HTTP/1.1 2000 OK\r\n\r\n',
    'HTTP/1.1 600 OK\r\n\r\n',
    'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'HTTP/1.1 200 OK\r\nNo colon\r\n\r\n',
    'HTTP/1.1 200 OK\r\nSpace : a\r\n\r\n',
    'HTTP/1.1 200 OK\r\n: a\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: b\nB: c\r\n\r\n',
    'HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody',
    'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 0x4\r\n\r\nbody',
    'HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n',
    'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    chunked('x\r\n'),
    chunked('\r\n'),
    chunked('4\n'),
    chunked('-4\r\n'),
    chunked('1234567890123\r\n'),
    chunked('4\r\nbodyX\r\n'),
    chunked('4\r\nbody\n'),
    chunked('0\r\nno trailer\r\n'),
  ])('is refused: %j', (text) => {
    expect(parse(text)).toMatchObject({ answer: { code: MALFORMED }, persistent: false })
  })
})

describe('a bound', () => {
  it('is set to a head, interim ones included', () => {
    const head = (bytes: number) => padded('HTTP/1.1 204 X\r\nA: ', bytes)
    expect(parse(head(MAX_BYTES))).toMatchObject({ answer: { status: 204 } })
    expect(parse(head(MAX_BYTES + 1))).toMatchObject({ answer: { code: MALFORMED } })
    const interim = 'HTTP/1.1 100 X\r\n\r\n'
    const rest = MAX_BYTES - interim.length
    expect(parse(interim + head(rest))).toMatchObject({ answer: { status: 204 } })
    expect(parse(interim + head(rest + 1))).toMatchObject({ answer: { code: MALFORMED } })
  })

  it('is set to a head that never ends', () => {
    const parser = new ResponseParser()
    const line = Buffer.from('HTTP/1.1 200 OK\r\n')
    expect(parser.read(line)).toBeUndefined()
    expect(parser.read(Buffer.alloc(MAX_BYTES - line.length - 1, 'x'))).toBeUndefined()
    expect(parser.read(Buffer.from('x'))).toMatchObject({ answer: { code: MALFORMED } })
  })

  it('is set to what stands between chunks, and to trailers', () => {
    const size = (bytes: number) => `1;${'x'.repeat(bytes - 4)}\r\n`
    const end = 'y\r\n0\r\n\r\n'
    expect(parse(chunked(size(MAX_BYTES) + end))).toMatchObject({ answer: { text: 'y' } })
    expect(parse(chunked(size(MAX_BYTES + 1) + end))).toMatchObject({ answer: { code: MALFORMED } })
    const trailers = (bytes: number) => padded('0\r\nA: ', bytes)
    expect(parse(chunked(trailers(MAX_BYTES)))).toMatchObject({ answer: { status: 200 } })
    expect(parse(chunked(trailers(MAX_BYTES + 1)))).toMatchObject({ answer: { code: MALFORMED } })
  })

  it('is set to what is kept of a body, and the line goes on', () => {
    for (const text of [
      ok('x'.repeat(100_000)),
      chunked(`${'ff\r\n'.concat('x'.repeat(255), '\r\n').repeat(400)}0\r\n\r\n`),
    ]) {
      const answer = { status: 200, text: 'x'.repeat(MAX_BYTES) }
      expect(parse(text)).toMatchObject({ answer, persistent: true })
    }
  })
})

describe('bytes that come in pieces of any size', () => {
  const token = fc.stringMatching(/^[a-z][a-z-]{0,8}$/)
  const value = fc.stringMatching(/^[!-~]{0,12}$/)
  const headers = fc.array(fc.tuple(token, value), { maxLength: 4 })
  const body = fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), {
    maxLength: 4,
  })
  const cuts = fc.array(fc.nat(), { maxLength: 12 })
  const response = fc.record({
    interim: fc.boolean(),
    status: fc.constantFrom(200, 204, 304, 400, 410, 429, 500),
    headers,
    body,
    framing: fc.constantFrom('length', 'chunked'),
  })

  it('give the response that was sent', () => {
    fc.assert(
      fc.property(response, cuts, (sent, at) => {
        expect(parse(serialize(sent), at)).toMatchObject({
          answer: { status: sent.status, text: hasBody(sent.status) ? sent.body.join('') : '' },
          persistent: true,
        })
      }),
    )
  })

  it('give the same as in one piece, also when they are no response', () => {
    const damaged = fc
      .tuple(response, fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(3))
      .map(([sent, at, bytes, removed]) => damage(Buffer.from(serialize(sent)), at, bytes, removed))
    const garbage = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
    const headed = garbage.map((bytes) => Buffer.concat([Buffer.from('HTTP/1.1 200 '), bytes]))
    fc.assert(
      fc.property(fc.oneof(damaged, garbage, headed), cuts, (bytes, at) => {
        const whole = parse(bytes)?.answer
        expect(parse(bytes, at)?.answer).toEqual(whole)
        expect(parse(bytes, [...bytes.keys()])?.answer).toEqual(whole)
      }),
      { numRuns: 500 },
    )
  })
})

interface SentResponse {
  readonly interim: boolean
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: readonly string[]
  readonly framing: string
}

function serialize({ interim, status, headers, body, framing }: SentResponse): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const before = `${interim ? 'HTTP/1.1 100 Continue\r\n\r\n' : ''}HTTP/1.1 ${status} X\r\n${lines}`
  const text = hasBody(status) ? body : []
  if (framing === 'length') {
    return `${before}Content-Length: ${Buffer.byteLength(text.join(''))}\r\n\r\n${text.join('')}`
  }
  const chunks = text.map((chunk) => `${Buffer.byteLength(chunk).toString(16)}\r\n${chunk}\r\n`)
  const end = hasBody(status) ? '0\r\n\r\n' : ''
  return `${before}Transfer-Encoding: chunked\r\n\r\n${chunks.join('')}${end}`
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 304
}

function damage(bytes: Buffer, at: number, inserted: Uint8Array, removed: number): Buffer {
  const from = at % (bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(from + removed)])
}

/** What a parser makes of it when it is cut at these places. */
function parse(text: string | Buffer, cuts: readonly number[] = []): Parsed | undefined {
  const bytes = Buffer.from(text)
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((one, other) => one - other)
  const parser = new ResponseParser()
  for (const [index, from] of [0, ...places].entries()) {
    const parsed = parser.read(Buffer.from(bytes.subarray(from, places[index])))
    if (parsed) return parsed
  }
  return parser.end()
}

function headersOf(parsed: Parsed | undefined): [string, string][] {
  return parsed?.answer.status === undefined ? [] : [...parsed.answer.headers]
}

function ok(body: string, header?: string): string {
  const more = header === undefined ? '' : `${header}\r\n`
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`
}

function chunked(body: string): string {
  return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`
}

/** With a header's value so long that all of it, to the empty line, has this many bytes. */
function padded(start: string, bytes: number): string {
  return `${start}${'x'.repeat(bytes - start.length - 4)}\r\n\r\n`
}
