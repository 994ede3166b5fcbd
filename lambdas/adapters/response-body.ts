import { isFieldLine, type ResponseHead } from './response-head.ts'

/** Most bytes of an answer that are kept: an error of AWS has a few hundred. */
const MAX_KEPT_BYTES = 16 * 1024

/** Most bytes of what stands between two chunks, or behind the last: as many as a head may have. */
const MAX_LINES_BYTES = 16 * 1024

const CHUNK_SIZE = /^([\dA-Fa-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/
const LINE_FEED = 0x0a

/** Where in the bytes the body has ended, or why not there. */
export type BodyEnd = number | 'not yet' | 'malformed'

export interface ResponseBody {
  /** Takes the bytes that begin at `from`; after an end it takes no more. */
  read(bytes: Buffer, from: number): BodyEnd
  /** What was kept of it. */
  text(): string
}

export function bodyOf({ body }: ResponseHead): ResponseBody {
  if (body === 'chunked') return new ChunkedBody()
  return new PlainBody(body === 'until close' ? Infinity : body)
}

/** The beginning of a body: a longer one is taken all the same, so that the line can go on. */
class KeptBytes {
  readonly #pieces: Buffer[] = []
  #room = MAX_KEPT_BYTES

  add(bytes: Buffer): void {
    if (this.#room === 0 || bytes.length === 0) return
    // A copy, because a socket may use its memory again.
    const piece = Buffer.from(bytes.subarray(0, this.#room))
    this.#pieces.push(piece)
    this.#room -= piece.length
  }

  text(): string {
    return this.#pieces.length === 0 ? '' : Buffer.concat(this.#pieces).toString('utf8')
  }
}

/** As long as the head said, or until the line ends. */
class PlainBody implements ResponseBody {
  readonly #kept = new KeptBytes()
  #missing: number

  constructor(byteLength: number) {
    this.#missing = byteLength
  }

  read(bytes: Buffer, from: number): BodyEnd {
    const end = Math.min(bytes.length, from + this.#missing)
    this.#kept.add(bytes.subarray(from, end))
    this.#missing -= end - from
    return this.#missing === 0 ? end : 'not yet'
  }

  text(): string {
    return this.#kept.text()
  }
}

/** Chunks that say their own length, and headers behind the last one, which are left out. */
class ChunkedBody implements ResponseBody {
  readonly #kept = new KeptBytes()
  /** Of the chunk that is being read. */
  #missing = 0
  #line = ''
  #linesBytes = 0
  #next: 'size' | 'end of chunk' | 'trailer' = 'size'

  read(bytes: Buffer, from: number): BodyEnd {
    let at = from
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const end = Math.min(bytes.length, at + this.#missing)
        this.#kept.add(bytes.subarray(at, end))
        this.#missing -= end - at
        at = end
        continue
      }
      const feed = bytes.indexOf(LINE_FEED, at)
      const piece = bytes.toString('latin1', at, feed === -1 ? bytes.length : feed + 1)
      at += piece.length
      this.#line += piece
      this.#linesBytes += piece.length
      if (this.#linesBytes > MAX_LINES_BYTES) return 'malformed'
      if (feed === -1) return 'not yet'
      const state = this.#takeLine()
      if (state !== 'goes on') return state === 'end' ? at : state
    }
    return 'not yet'
  }

  text(): string {
    return this.#kept.text()
  }

  #takeLine(): 'goes on' | 'end' | 'malformed' {
    const line = this.#line
    this.#line = ''
    if (!line.endsWith('\r\n')) return 'malformed'
    const text = line.slice(0, -2)
    if (this.#next === 'trailer') {
      if (text === '') return 'end'
      return isFieldLine(text) ? 'goes on' : 'malformed'
    }
    if (this.#next === 'end of chunk') {
      this.#next = 'size'
      return text === '' ? 'goes on' : 'malformed'
    }
    const [, size] = CHUNK_SIZE.exec(text) ?? []
    if (size === undefined) return 'malformed'
    this.#missing = Number.parseInt(size, 16)
    this.#next = this.#missing === 0 ? 'trailer' : 'end of chunk'
    if (this.#missing > 0) this.#linesBytes = 0
    return 'goes on'
  }
}
