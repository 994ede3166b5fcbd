import { createHmac, hash } from 'node:crypto'

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export const ALGORITHM = 'AWS4-HMAC-SHA256'

/** Where and when a key is good. */
export interface Scope {
  /** Such as `20150830`. */
  readonly day: string
  readonly region: string
  /** The name that the service has in signatures, such as `execute-api`. */
  readonly service: string
}

/** As the Authorization header and the text to sign have it. */
export function scopeText({ day, region, service }: Scope): string {
  return `${day}/${region}/${service}/aws4_request`
}

/** The key that AWS derives from a secret, and that is good for a day. */
export function deriveKey(secretAccessKey: string, { day, region, service }: Scope): Buffer {
  const parts = [day, region, service, 'aws4_request']
  return parts.reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`))
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** Such as `20150830T123600Z`. */
export function toAmzDate(second: number): string {
  return new Date(second * 1_000).toISOString().replaceAll(/[-:]|\.000/g, '')
}

/** The headers as the canonical request wants them: in the order of their names. */
export interface CanonicalHeaders {
  /** A line each. */
  readonly lines: string
  /** The names. */
  readonly signed: string
}

/** Of all headers that are signed. One that comes several times keeps the order of its values. */
export function canonicalHeaders(
  headers: readonly (readonly [string, string])[],
): CanonicalHeaders {
  const byName = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const values = byName.get(name.toLowerCase()) ?? []
    byName.set(name.toLowerCase(), [...values, value.trim().replaceAll(/ +/g, ' ')])
  }
  const names = [...byName.keys()].toSorted()
  return {
    lines: names.map((name) => `${name}:${byName.get(name)?.join(',')}\n`).join(''),
    signed: names.join(';'),
  }
}

/** Of a path as the request has it: every service but S3 escapes an escaped path once more. */
export function canonicalPath(path: string): string {
  return path.split('/').map(escape).join('/')
}

/** Percent-encodes all but RFC 3986's unreserved characters, as AWS's UriEncode does. */
export function escape(text: string): string {
  // Half a surrogate pair is no character: it becomes U+FFFD, as in every UTF-8 text.
  return encodeURIComponent(Buffer.from(text).toString()).replaceAll(/[!'()*]/g, toHex)
}

function toHex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

/** HMAC's block with SHA-256, in bytes (RFC 2104). */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
const HEX_DIGEST_LENGTH = 64

/**
 * Signs the requests of one second. What they have in common lies ready in two buffers, the ones
 * that HMAC hashes: beside two one-shot hashes of them, `createHmac` costs five times the CPU.
 */
export class RequestSigner {
  /** The key and the text to sign, whose end is the canonical request's hash. */
  readonly #inner: Buffer
  readonly #hashOffset: number
  /** The key and the inner hash. */
  readonly #outer: Buffer

  /** @param key what {@link deriveKey} gave for this scope */
  constructor(key: Buffer, amzDate: string, scope: string) {
    const toSign = `${ALGORITHM}\n${amzDate}\n${scope}\n`
    this.#hashOffset = BLOCK_BYTES + Buffer.byteLength(toSign)
    this.#inner = Buffer.alloc(this.#hashOffset + HEX_DIGEST_LENGTH)
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
    for (let index = 0; index < BLOCK_BYTES; index += 1) {
      const byte = key[index] ?? 0
      this.#inner[index] = byte ^ 0x36
      this.#outer[index] = byte ^ 0x5c
    }
    this.#inner.write(toSign, BLOCK_BYTES)
  }

  /** @returns the signature in hexadecimal digits */
  sign(canonicalRequest: string | Buffer): string {
    this.#inner.write(hash('sha256', canonicalRequest, 'hex'), this.#hashOffset, 'latin1')
    this.#outer.write(hash('sha256', this.#inner, 'binary'), BLOCK_BYTES, 'latin1')
    return hash('sha256', this.#outer, 'hex')
  }
}
