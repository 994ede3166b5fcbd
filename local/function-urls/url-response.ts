import { validateHeaderName, validateHeaderValue } from 'node:http'
import { asJsonObject } from '../json.ts'

/** What goes back over HTTP. */
export interface UrlResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Buffer
}

// "Lambda quotas": invocation payload, as far as Lambda's own error says.
const MAX_RESPONSE_BYTES = 6_291_556

/** A status that ends a request: 1xx would leave the client waiting. */
const MIN_STATUS = 200
const MAX_STATUS = 599

/** They are about the line between the function and Lambda, if at all. */
const NOT_PASSED_ON = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** A Lambda that fails says nothing to the client. */
export const FAILED: UrlResponse = errorResponse(
  502,
  'InternalServerError',
  'Internal Server Error',
)

/** An answer of Lambda's own. */
export function errorResponse(
  status: number,
  type: string,
  message: string,
  field: 'message' | 'Message' = 'message',
): UrlResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
    body: JSON.stringify({ [field]: message }),
  }
}

/** @param payload the JSON of what the function has returned */
export function urlResponse(payload: string): UrlResponse {
  if (Buffer.byteLength(payload) > MAX_RESPONSE_BYTES) return FAILED
  const value: unknown = JSON.parse(payload)
  const { statusCode, headers, body = '', cookies, isBase64Encoded } = asJsonObject(value)
  const type = { 'content-type': 'application/json' }
  if (statusCode === undefined) return { status: 200, headers: type, body: payload }
  if (typeof statusCode !== 'number' || !Number.isInteger(statusCode)) return FAILED
  if (statusCode < MIN_STATUS || statusCode > MAX_STATUS) return FAILED
  const own = readHeaders(headers)
  if (!own || (typeof body !== 'string' && body !== null)) return FAILED
  const setCookie = Array.isArray(cookies) ? cookies.filter((one) => typeof one === 'string') : []
  if (!setCookie.every((cookie) => isHeader('set-cookie', cookie))) return FAILED
  return {
    status: statusCode,
    headers: { ...type, ...own, ...(setCookie.length > 0 && { 'set-cookie': setCookie }) },
    body: isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  }
}

/** Undefined when one of them cannot go over HTTP. Lists and objects are no values. */
function readHeaders(headers: unknown): Record<string, string> | undefined {
  const read = Object.entries(asJsonObject(headers))
    .filter(([name, value]) => !NOT_PASSED_ON.has(name.toLowerCase()) && typeof value !== 'object')
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
  return read.every(([name, value]) => isHeader(name, value)) ? Object.fromEntries(read) : undefined
}

function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
