import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  isFailure,
  MISSING,
  type AuthenticationFailure,
  type Identities,
  type Principal,
} from '../access/identities.ts'
import { during } from '../access/session.ts'
import { parseAuthorization } from '../access/signature.ts'
import type { Clock } from '../clock.ts'
import { Front } from '../gateway/front.ts'
import type { Invocable } from '../gateway/function-caller.ts'
import type { LocalCertificate } from '../gateway/local-certificate.ts'
import { LOOPBACK, readBody } from '../http.ts'
import type { FunctionUrlDefinition } from '../template/function-url.ts'
import { urlEvent } from './url-event.ts'
import { errorResponse, FAILED, urlResponse, type UrlResponse } from './url-response.ts'

// "Lambda quotas": invocation payload.
const MAX_REQUEST_BYTES = 6 * 1024 * 1024

/** Both are needed: "Control access to Lambda function URLs". */
const ACTIONS = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'] as const

const ANONYMOUS: Principal = { arn: 'anonymous', statements: [] }

const FORBIDDEN = errorResponse(
  403,
  'AccessDeniedException',
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
  'Message',
)
const TOO_LARGE = errorResponse(
  413,
  'RequestTooLargeException',
  `Request must be smaller than ${MAX_REQUEST_BYTES} bytes for the InvokeFunction operation`,
)
const THROTTLED = errorResponse(429, 'TooManyRequestsException', 'Rate Exceeded.')

export interface FunctionUrlProps {
  readonly definition: FunctionUrlDefinition
  readonly certificate: LocalCertificate
  /** By ARN. */
  readonly functions: ReadonlyMap<string, Invocable>
  readonly identities: Identities
  readonly clock: Clock
}

/** The URL of a function, on a port of its own. */
export class FunctionUrl {
  readonly definition: FunctionUrlDefinition
  readonly #props: FunctionUrlProps
  readonly #front: Front
  #port = 0

  constructor(props: FunctionUrlProps) {
    this.definition = props.definition
    this.#props = props
    this.#front = new Front(props.certificate, (server) => {
      server.on('request', (request, response) => void this.#serve(request, response))
    })
  }

  /** On this machine; it ends with a slash, as on AWS. */
  get url(): string {
    return `http://${LOOPBACK}:${this.#port}/`
  }

  async start(): Promise<void> {
    this.#port = await this.#front.listen(0)
  }

  close(): Promise<void> {
    return this.#front.close(0)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await readBody(request, MAX_REQUEST_BYTES)
      write(response, await this.#answer(request, response, body))
    } catch {
      // The caller dropped the line while its request was read.
      response.destroy()
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<UrlResponse> {
    if (body.length > MAX_REQUEST_BYTES) return TOO_LARGE
    const { definition, identities } = this.#props
    const { authType, functionArn } = definition
    const caller = authType === 'NONE' ? ANONYMOUS : this.#authenticate(request, body)
    if (isFailure(caller)) {
      return caller === MISSING ? FORBIDDEN : errorResponse(403, caller.type, caller.message)
    }
    const call = { action: ACTIONS[0], resource: functionArn }
    return during(caller.session, call, response, async () => {
      const keys = new Map([
        ['lambda:functionurlauthtype', authType],
        ['lambda:invokedviafunctionurl', 'true'],
      ])
      for (const action of ACTIONS) {
        const refusal = identities.authorize(caller, action, functionArn, keys)
        if (refusal !== undefined) return FORBIDDEN
      }
      return this.#invoke(request, body, caller)
    })
  }

  #authenticate(request: IncomingMessage, body: Buffer): Principal | AuthenticationFailure {
    const { method = '', url = '', headers } = request
    return this.#props.identities.authenticate({ method, url, headers, body }, 'lambda')
  }

  async #invoke(request: IncomingMessage, body: Buffer, { arn }: Principal): Promise<UrlResponse> {
    const { definition, functions, identities, clock } = this.#props
    const authorization = parseAuthorization(request.headers.authorization)
    const caller =
      definition.authType === 'NONE' || !authorization
        ? undefined
        : { arn, accessKeyId: authorization.accessKeyId }
    const arrivedAt = Math.trunc(clock.now())
    const asked = { request, body, caller, requestId: randomUUID(), arrivedAt }
    const event = urlEvent(asked, definition, identities.account)
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_REQUEST_BYTES) return TOO_LARGE
    const result = await functions.get(definition.functionArn)?.invoke(event)
    if (result?.ok === true) return urlResponse(result.payload)
    return result?.errorType === 'TooManyRequestsException' ? THROTTLED : FAILED
  }
}

function write(response: ServerResponse, { status, headers, body }: UrlResponse): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }
  const own = Object.entries(headers).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : [...value]] as const
  })
  response.writeHead(status, {
    'x-amzn-requestid': randomUUID(),
    ...Object.fromEntries(own),
    ...length,
  })
  response.end(body)
}
