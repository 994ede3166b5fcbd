import type { Answer } from './answer.ts'
import { bodyOf, type ResponseBody } from './response-body.ts'
import { parseHead, type ResponseHead } from './response-head.ts'

/** Most bytes before the body, as many as node:http takes. */
const MAX_HEAD_BYTES = 16 * 1024

const HEAD_START = 'HTTP/1.'
const HEAD_END = '\r\n\r\n'

/** An answer, and whether its line can serve another request. */
export interface Parsed {
  readonly answer: Answer
  readonly persistent: boolean
}

const MALFORMED: Parsed = {
  answer: { code: 'MalformedResponse', message: 'the answer is not valid HTTP/1.1' },
  persistent: false,
}

/** Reads one response to a POST, in pieces of any size. A new one for each response. */
export class ResponseParser {
  /** Of a head that is not whole yet. */
  #text = ''
  /** Of heads that are only interim. */
  #skippedBytes = 0
  #head: ResponseHead | undefined
  #body: ResponseBody | undefined

  /** @returns the answer once it is whole: then no more bytes may follow. */
  read(bytes: Buffer): Parsed | undefined {
    let at = 0
    while (!this.#head) {
      const end = this.#takeHead(bytes, at)
      if (end === 'not yet') return undefined
      if (end === 'malformed') return MALFORMED
      at = end
    }
    const end = this.#body?.read(bytes, at) ?? 'malformed'
    if (end === 'not yet') return undefined
    if (end === 'malformed') return MALFORMED
    // More than was asked for: what it belongs to, nobody knows.
    return this.#whole(this.#head.persistent && end === bytes.length)
  }

  /** What the end of the line makes of it: an answer, when its body goes until there. */
  end(): Parsed | undefined {
    return this.#head?.body === 'until close' ? this.#whole(false) : undefined
  }

  #whole(persistent: boolean): Parsed {
    const { status = 0, headers = new Map<string, string>() } = this.#head ?? {}
    return { answer: { status, headers, text: this.#body?.text() ?? '' }, persistent }
  }

  /** @returns where the head ends; an interim one (1xx) is passed over */
  #takeHead(bytes: Buffer, from: number): number | 'not yet' | 'malformed' {
    const before = this.#text.length
    const room = MAX_HEAD_BYTES - this.#skippedBytes - before
    this.#text += bytes.toString('latin1', from, Math.min(bytes.length, from + room))
    // Another protocol may never send the end of a head.
    if (!HEAD_START.startsWith(this.#text.slice(0, HEAD_START.length))) return 'malformed'
    const end = this.#text.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length))
    if (end === -1) return bytes.length - from >= room ? 'malformed' : 'not yet'
    const head = parseHead(this.#text.slice(0, end))
    if (!head) return 'malformed'
    const length = end + HEAD_END.length
    this.#text = ''
    if (head.status < 200) this.#skippedBytes += length
    else {
      this.#head = head
      this.#body = bodyOf(head)
    }
    return from + length - before
  }
}
