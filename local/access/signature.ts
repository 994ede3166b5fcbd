import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { decodePercent, splitOnce } from '../text.ts'

/** A request as it came over the wire. */
export interface SignedRequest {
  readonly method: string
  /** Path and query, percent-encoded as they came. */
  readonly url: string
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** The Authorization header's parts, checked for their form only. */
export interface Authorization {
  readonly accessKeyId: string
  /** `YYYYMMDD` */
  readonly day: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([\w+=.@-]+)\/(\d{8})\/([\w-]+)\/([\w-]+)\/aws4_request, *SignedHeaders=([\w;-]+), *Signature=([0-9a-f]{64})$/

const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

/** Undefined when there is none, or none of Signature Version 4. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const match = AUTHORIZATION.exec(header ?? '')
  if (!match) return undefined
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature = ''] =
    match
  return { accessKeyId, day, region, service, signedHeaders: names.split(';'), signature }
}

/** When a request says it was signed, in milliseconds since 1970; undefined when it does not say. */
export function signingTime(headers: SignedRequest['headers']): number | undefined {
  const match = AMZ_DATE.exec(text(headers['x-amz-date']))
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** One caller's keys of the day, which every request would derive anew. */
export class SigningKeys {
  readonly #keys = new Map<string, Buffer>()

  /** The key that signs for a day, a region and a service. */
  derive(secretAccessKey: string, { day, region, service }: Authorization): Buffer {
    const name = `${day}/${region}/${service}`
    const known = this.#keys.get(name)
    if (known) return known
    let key: string | Buffer = `AWS4${secretAccessKey}`
    for (const part of [day, region, service, 'aws4_request']) key = hmac(key, part)
    const derived = Buffer.from(key)
    this.#keys.set(name, derived)
    return derived
  }
}

/** Whether the request is signed with this key, and nothing in it has changed since. */
export function isSignedBy(
  key: Buffer,
  request: SignedRequest,
  authorization: Authorization,
): boolean {
  const { day, region, service, signedHeaders, signature } = authorization
  const stringToSign = [
    ALGORITHM,
    text(request.headers['x-amz-date']),
    `${day}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest(request, signedHeaders)),
  ].join('\n')
  const expected = hmac(key, stringToSign)
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
}

function canonicalRequest(request: SignedRequest, signedHeaders: readonly string[]): string {
  const [path, query] = splitOnce(request.url, '?')
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(request.headers, name)}`),
    '',
    signedHeaders.join(';'),
    // Never the hash that the header claims: the body could be another one.
    sha256(request.body),
  ].join('\n')
}

/** Without what leads nowhere, and encoded once more than it came: all services but S3 sign it so. */
function canonicalPath(path: string): string {
  const segments: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '.' && segment !== '') segments.push(encode(segment))
  }
  const ending = path.endsWith('/') && segments.length > 0 ? '/' : ''
  return `/${segments.join('/')}${ending}`
}

function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const [name, value] = splitOnce(pair, '=')
    return [encode(decodePercent(name)), encode(decodePercent(value))] as const
  })
  return pairs
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&')
}

/** @param name as the caller has it, who may sign a header such as `constructor` */
function canonicalValue(headers: SignedRequest['headers'], name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : ''
  const values = Array.isArray(value) ? value : [value ?? '']
  return values.map((one) => one.trim().replace(/ +/g, ' ')).join(',')
}

/** As RFC 3986 has it: only letters, digits and `-._~` stay. */
function encode(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

function text(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : ''
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function sha256(data: string | Buffer): string {
  return hash('sha256', data, 'hex')
}
