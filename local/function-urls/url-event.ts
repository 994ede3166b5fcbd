import type { IncomingMessage } from 'node:http'
import { principalIdOf } from '../access/principal-id.ts'
import { newTraceRoot } from '../functions/trace-header.ts'
import { requestTime } from '../gateway/events.ts'
import type { Account } from '../template/account.ts'
import type { FunctionUrlDefinition } from '../template/function-url.ts'
import { splitOnce } from '../text.ts'

/** Who has signed a request, when it had to be signed. */
export interface UrlCaller {
  readonly arn: string
  readonly accessKeyId: string
}

export interface UrlRequest {
  readonly request: IncomingMessage
  /** Read to its end. */
  readonly body: Buffer
  readonly caller: UrlCaller | undefined
  readonly requestId: string
  /** Milliseconds since 1970. */
  readonly arrivedAt: number
}

/** Bodies that reach the function as they are; all others are encoded, also those without a type. */
const TEXT = /^(text\/[^;]+|application\/(json|javascript|xml|[^;]+\+json|[^;]+\+xml))\s*(;|$)/i

/** What a function gets of a request to its URL: API Gateway's payload format, version 2.0. */
export function urlEvent(
  { request, body, caller, requestId, arrivedAt }: UrlRequest,
  { urlId }: FunctionUrlDefinition,
  account: Account,
): Record<string, unknown> {
  const [path, query] = splitOnce(request.url ?? '/', '?')
  const { cookie, ...headers } = headersOf(request)
  const isText = TEXT.test(request.headers['content-type'] ?? '')
  const sourceIp = request.socket.remoteAddress ?? ''
  const userAgent = request.headers['user-agent']
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/; */) }),
    headers: {
      ...headers,
      'x-amzn-trace-id': `Root=${newTraceRoot(arrivedAt)}`,
      'x-forwarded-for': [headers['x-forwarded-for'], sourceIp].filter(Boolean).join(', '),
      'x-forwarded-port': String(request.socket.localPort),
      'x-forwarded-proto': 'encrypted' in request.socket ? 'https' : 'http',
    },
    ...(query !== '' && { queryStringParameters: parametersOf(query) }),
    requestContext: {
      accountId: caller ? account.accountId : 'anonymous',
      apiId: urlId,
      ...(caller && { authorizer: { iam: iamOf(caller, account) } }),
      domainName: request.headers.host,
      domainPrefix: urlId,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        ...(userAgent !== undefined && { userAgent }),
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: requestTime(new Date(arrivedAt)),
      timeEpoch: arrivedAt,
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

/** By lower-case names; several of one name with commas between them. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [
      name,
      values.join(name === 'cookie' ? '; ' : ','),
    ]),
  )
}

function parametersOf(query: string): Record<string, string> {
  const all = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    const before = all.get(name)
    all.set(name, before === undefined ? value : `${before},${value}`)
  }
  return Object.fromEntries(all)
}

function iamOf({ arn, accessKeyId }: UrlCaller, { accountId }: Account): Record<string, unknown> {
  const id = principalIdOf(arn)
  return {
    accessKey: accessKeyId,
    accountId,
    callerId: id,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId: id,
  }
}
