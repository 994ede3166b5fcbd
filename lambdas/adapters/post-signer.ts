import { hash } from 'node:crypto'
import {
  ALGORITHM,
  canonicalHeaders,
  canonicalPath,
  deriveKey,
  escape,
  RequestSigner,
  scopeText,
  toAmzDate,
} from './sigv4.ts'

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

const SERVICE = 'execute-api'

/** What the SDK sends. It is signed, because AWS wants a Content-Type signed when there is one. */
const CONTENT_TYPE = 'application/octet-stream'

/** As API Gateway makes them; what else a client calls an id is escaped like any text. */
const PLAIN_ID = /^[\w-]+=$/

/** What would end a header, or be no header at all. */
const UNSENDABLE = /[^\t\x20-\x7e]/
const UNSENDABLE_IN_PATH = /[^\x21-\x7e]/

/** A frame, as it is signed and sent. */
interface Body {
  readonly frame: string
  /** A byte a character. */
  readonly text: string
  readonly sha256: string
}

/** The key of a secret and a day. */
interface DayKey {
  readonly accessKeyId: string
  readonly day: string
  readonly key: Buffer
}

/** All of a request that is the same for every post of a second. */
interface Moment {
  readonly second: number
  readonly credentials: Credentials
  readonly signer: RequestSigner
  /** The canonical request, from its headers to the body's hash. */
  readonly canonicalHeaders: string
  /** The request's headers, up to the length of the body. */
  readonly headers: string
  /** The Authorization header, up to the signature. */
  readonly authorization: string
}

/** All of a request that is the same for every post of a frame in a second, to ids of one length. */
interface Template {
  readonly moment: Moment
  readonly body: Body
  /** The id's length in the canonical request. */
  readonly idLength: number
  /** The canonical request, with room for the id. */
  readonly canonicalRequest: Buffer
  /** The request behind its path, up to the signature. */
  readonly head: string
  /** And from there on. */
  readonly end: string
}

/**
 * Signs posts to one @connections endpoint with Signature Version 4. A broadcast signs one frame
 * for many connections within seconds, so whatever they have in common is computed once.
 */
export class PostSigner {
  readonly #region: string
  readonly #host: string
  /** The request and the canonical request, each up to the id. */
  readonly #start: string
  readonly #canonicalStart: string
  #body: Body | undefined
  #dayKey: DayKey | undefined
  #moment: Moment | undefined
  #template: Template | undefined

  constructor({ region, host, basePath }: PostSignerProps) {
    const path = `${basePath}/@connections/`
    this.#region = region
    this.#host = host
    if (UNSENDABLE_IN_PATH.test(path)) {
      throw new TypeError(`the endpoint's path ${JSON.stringify(basePath)} is not escaped`)
    }
    this.#start = `POST ${path}`
    this.#canonicalStart = `POST\n${canonicalPath(path)}`
  }

  /**
   * The request that posts `frame`, as it goes over the wire: a byte a character.
   *
   * @throws TypeError when the credentials or the host have what no header can
   */
  sign(connectionId: string, frame: string, credentials: Credentials, now: Date): string {
    const isPlain = PLAIN_ID.test(connectionId)
    const id = isPlain ? `${connectionId.slice(0, -1)}%3D` : escape(connectionId)
    // Escaped once more: only the `%` change by it.
    const canonicalId = isPlain ? `${connectionId.slice(0, -1)}%253D` : id.replaceAll('%', '%25')
    const { moment, canonicalRequest, head, end } = this.#templateOf(
      this.#momentOf(credentials, now),
      this.#bodyOf(frame),
      canonicalId.length,
    )
    canonicalRequest.write(canonicalId, this.#canonicalStart.length, 'latin1')
    return this.#start + id + head + moment.signer.sign(canonicalRequest) + end
  }

  #templateOf(moment: Moment, body: Body, idLength: number): Template {
    const last = this.#template
    if (last?.moment === moment && last.body === body && last.idLength === idLength) return last
    const id = ' '.repeat(idLength)
    this.#template = {
      moment,
      body,
      idLength,
      canonicalRequest: Buffer.from(
        `${this.#canonicalStart}${id}\n\n${moment.canonicalHeaders}${body.sha256}`,
      ),
      head: ` HTTP/1.1\r\n${moment.headers}Content-Length: ${body.text.length}\r\n${moment.authorization}`,
      end: `\r\n\r\n${body.text}`,
    }
    return this.#template
  }

  #bodyOf(frame: string): Body {
    if (this.#body?.frame === frame) return this.#body
    const bytes = Buffer.from(frame)
    this.#body = { frame, text: bytes.toString('latin1'), sha256: hash('sha256', bytes, 'hex') }
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
    const scope = scopeText({ day, region: this.#region, service: SERVICE })
    const headers: [string, string][] = [
      ['Host', this.#host],
      ['Content-Type', CONTENT_TYPE],
      ['X-Amz-Date', date],
    ]
    if (sessionToken !== undefined) headers.push(['X-Amz-Security-Token', sessionToken])
    const { lines, signed } = canonicalHeaders(headers)
    const authorization = `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=`
    return {
      second,
      credentials,
      signer: new RequestSigner(this.#keyOf(credentials, day), date, scope),
      canonicalHeaders: `${lines}\n${signed}\n`,
      headers: headers.map(([name, value]) => toLine(name, value)).join('\r\n') + '\r\n',
      authorization: toLine('Authorization', authorization),
    }
  }

  #keyOf({ accessKeyId, secretAccessKey }: Credentials, day: string): Buffer {
    const last = this.#dayKey
    if (last?.day === day && last.accessKeyId === accessKeyId) return last.key
    const key = deriveKey(secretAccessKey, { day, region: this.#region, service: SERVICE })
    this.#dayKey = { accessKeyId, day, key }
    return key
  }
}

function areSame(one: Credentials, other: Credentials): boolean {
  return one.accessKeyId === other.accessKeyId && one.sessionToken === other.sessionToken
}

function toLine(name: string, value: string): string {
  // The value is a secret, or not far from one: the message does not say it.
  if (UNSENDABLE.test(value))
    throw new TypeError(`the ${name} header would have a forbidden character`)
  return `${name}: ${value}`
}
