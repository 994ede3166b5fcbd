/** All that comes before a response's body. */
export interface ResponseHead {
  readonly status: number
  /** By their names in lower case; the values of one that came several times with commas between. */
  readonly headers: ReadonlyMap<string, string>
  /** How long the body is, in bytes, or where else it ends. */
  readonly body: number | 'chunked' | 'until close'
  /** Whether the line may serve another request. */
  readonly persistent: boolean
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~\dA-Za-z]+):([\t\x20-\x7e\x80-\xff]*)$/
const SWITCHING_PROTOCOLS = 101

/**
 * Reads a status line and its headers, without the empty line. It is strict: what could be understood
 * in two ways is refused, because then the next response would begin at the wrong place.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 * @returns undefined for what is not HTTP/1
 */
export function parseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n')
  const [, minor, statusText] = STATUS_LINE.exec(statusLine) ?? []
  const status = Number(statusText)
  // Nobody has asked for another protocol.
  if (statusText === undefined || status === SWITCHING_PROTOCOLS) return undefined
  const headers = parseHeaders(lines)
  if (!headers) return undefined
  const body = lengthOfBody(status, headers)
  if (body === undefined) return undefined
  const stays = minor === '1' && body !== 'until close'
  return { status, headers, body, persistent: stays && !hasToken(headers, 'connection', 'close') }
}

/** Whether a line, without its end, is a header. */
export function isFieldLine(line: string): boolean {
  return FIELD_LINE.test(line)
}

function parseHeaders(lines: readonly string[]): Map<string, string> | undefined {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const [, name, value = ''] = FIELD_LINE.exec(line) ?? []
    if (name === undefined) return undefined
    const key = name.toLowerCase()
    const before = headers.get(key)
    headers.set(key, before === undefined ? value.trim() : `${before}, ${value.trim()}`)
  }
  return headers
}

function lengthOfBody(
  status: number,
  headers: ReadonlyMap<string, string>,
): ResponseHead['body'] | undefined {
  const coding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (coding !== undefined && (length !== undefined || coding.toLowerCase() !== 'chunked')) {
    return undefined
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return undefined
  if (status < 200 || status === 204 || status === 304) return 0
  if (coding !== undefined) return 'chunked'
  return length === undefined ? 'until close' : Number(length)
}

function hasToken(headers: ReadonlyMap<string, string>, name: string, token: string): boolean {
  const tokens = headers.get(name)?.toLowerCase().split(',') ?? []
  return tokens.some((part) => part.trim() === token)
}
