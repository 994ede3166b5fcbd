import { createHmac, hash } from 'node:crypto'

/** What a call is signed with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Of a role's credentials; a user's have none. */
  readonly sessionToken?: string | undefined
}

/** Where the posts go. */
export interface PostSignerProps {
  readonly region: string
  /** As the Host header says it: with a port that is not the protocol's own. */
  readonly host: string
  /** What comes before `/@connections`, such as `/prod`. */
  readonly basePath: string
}

export interface SignedPost {
  readonly path: string
  /** Names and values by turns. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const SERVICE = 'execute-api'

/** What the SDK sends. It is signed, because AWS wants a Content-Type signed when there is one. */
const CONTENT_TYPE = 'application/octet-stream'

/** A frame, as it is signed and sent. */
interface Body {
  readonly frame: string
  readonly bytes: Buffer
  readonly sha256: string
}

/** The key that AWS derives from a secret, and that is good for a day. */
interface SigningKey {
  readonly accessKeyId: string
  readonly day: string
  readonly key: Buffer
}

/** All of a signature that is the same for every post of a second. */
interface Moment {
  readonly second: number
  readonly credentials: Credentials
  /** The canonical request, from its headers to the body's hash. */
  readonly canonicalHeaders: string
  /** The text to sign, up to the canonical request's hash. */
  readonly toSign: string
  readonly key: Buffer
  /** The Authorization header, up to the signature. */
  readonly authorization: string
  readonly headers: readonly string[]
}

/**
 * Signs posts to one @connections endpoint with Signature Version 4. A broadcast signs one frame
 * for many connections within seconds, so whatever they have in common is computed once.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class PostSigner {
  readonly #region: string
  readonly #host: string
  readonly #path: string
  readonly #canonicalPath: string
  #body: Body | undefined
  #signingKey: SigningKey | undefined
  #moment: Moment | undefined

  constructor({ region, host, basePath }: PostSignerProps) {
    this.#region = region
    this.#host = host
    this.#path = `${basePath}/@connections/`
    this.#canonicalPath = this.#path.split('/').map(escape).join('/')
  }

  /** The request that posts `frame`, but for its method. */
  sign(connectionId: string, frame: string, credentials: Credentials, now: Date): SignedPost {
    const { bytes, sha256 } = this.#bodyOf(frame)
    const moment = this.#momentOf(credentials, now)
    const escapedId = escape(connectionId)
    // Every service but S3 escapes the escaped path once more; here only the `%` change by it.
    const canonicalId = escapedId.replaceAll('%', '%25')
    const canonicalRequest = `POST\n${this.#canonicalPath}${canonicalId}\n\n${moment.canonicalHeaders}${sha256}`
    const toSign = moment.toSign + hash('sha256', canonicalRequest, 'hex')
    const signature = createHmac('sha256', moment.key).update(toSign).digest('hex')
    return {
      path: this.#path + escapedId,
      headers: [
        ...moment.headers,
        'Content-Length',
        String(bytes.length),
        'Authorization',
        moment.authorization + signature,
      ],
      body: bytes,
    }
  }

  #bodyOf(frame: string): Body {
    if (this.#body?.frame === frame) return this.#body
    const bytes = Buffer.from(frame)
    this.#body = { frame, bytes, sha256: hash('sha256', bytes, 'hex') }
    return this.#body
  }

  #momentOf(credentials: Credentials, now: Date): Moment {
    const second = Math.floor(now.getTime() / 1_000)
    const last = this.#moment
    if (last?.second === second && areSame(last.credentials, credentials)) return last
    this.#moment = this.#newMoment(second, credentials)
    return this.#moment
  }

  #newMoment(second: number, credentials: Credentials): Moment {
    const { accessKeyId, sessionToken } = credentials
    const date = toAmzDate(second)
    const day = date.slice(0, 8)
    const scope = `${day}/${this.#region}/${SERVICE}/aws4_request`
    // In the order of their names, as the canonical request wants them.
    const headers: [string, string][] = [
      ['Content-Type', CONTENT_TYPE],
      ['Host', this.#host],
      ['X-Amz-Date', date],
    ]
    if (sessionToken !== undefined) headers.push(['X-Amz-Security-Token', sessionToken])
    const signedHeaders = headers.map(([name]) => name.toLowerCase()).join(';')
    const lines = headers.map(([name, value]) => `${name.toLowerCase()}:${value}\n`).join('')
    return {
      second,
      credentials,
      canonicalHeaders: `${lines}\n${signedHeaders}\n`,
      toSign: `${ALGORITHM}\n${date}\n${scope}\n`,
      key: this.#keyOf(credentials, day),
      authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=`,
      headers: headers.flat(),
    }
  }

  #keyOf({ accessKeyId, secretAccessKey }: Credentials, day: string): Buffer {
    const last = this.#signingKey
    if (last?.day === day && last.accessKeyId === accessKeyId) return last.key
    const parts = [day, this.#region, SERVICE, 'aws4_request']
    const key = parts.reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`))
    this.#signingKey = { accessKeyId, day, key }
    return key
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function areSame(one: Credentials, other: Credentials): boolean {
  return one.accessKeyId === other.accessKeyId && one.sessionToken === other.sessionToken
}

/** Such as `20150830T123600Z`. */
function toAmzDate(second: number): string {
  return new Date(second * 1_000).toISOString().replaceAll(/[-:]|\.000/g, '')
}

/** Percent-encodes all but RFC 3986's unreserved characters, as AWS's UriEncode does. */
function escape(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, toHex)
}

function toHex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
