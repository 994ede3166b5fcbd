import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendJson } from '../http.ts'
import { splitOnce } from '../text.ts'
import { consoleApi, type Call, type ConsoleStack, type ConsoleTokens } from './api.ts'
import { ConsoleError } from './console-error.ts'
import { isCrossSite, isForLoopback, isFromOwnPage } from './guard.ts'

export interface ConsoleFile {
  readonly contentType: string
  readonly body: string
}

/** A page for people, beside the stage. */
export interface ConsoleOptions {
  /** By path: `/` is the page, and all others begin with {@link CONSOLE_PREFIX}. */
  readonly files: ReadonlyMap<string, ConsoleFile>
  /** @default - nobody gets a token here */
  readonly tokens?: ConsoleTokens | undefined
}

/** No stage and no mapping's key can have an `@` in it. */
export const CONSOLE_PREFIX = '/@console/'

/**
 * Nothing but the page's own files runs, and text cannot become markup. Clients may connect to any
 * stage: the page is for deployed ones too.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

/** Serves a page, and an API to it alone, on the gateway's own port. */
export class Console {
  readonly #files: ConsoleOptions['files']
  readonly #api: ReadonlyMap<string, Call>

  constructor({ files, tokens }: ConsoleOptions, stack: ConsoleStack) {
    this.#files = files
    this.#api = consoleApi(stack, tokens)
  }

  /** @returns false, and answers nothing, when the request is not for the console */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const [path] = splitOnce(request.url ?? '', '?')
    if (path !== '/' && !path.startsWith(CONSOLE_PREFIX)) return false
    if (!isForLoopback(request.headers)) return false
    try {
      await this.#answer(path, request, response)
    } catch (error) {
      if (!(error instanceof ConsoleError)) throw error
      const { status, code, message } = error
      sendJson(response, status, { code, message }, HEADERS)
    }
    return true
  }

  async #answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#files.get(path)
    if (file !== undefined) {
      assertMethod(request, 'GET')
      response.writeHead(200, { ...HEADERS, 'Content-Type': file.contentType })
      response.end(file.body)
      return
    }
    const call = this.#api.get(path.slice(CONSOLE_PREFIX.length))
    if (call === undefined) throw new ConsoleError('NOT_FOUND', 'there is nothing of this name')
    assertMethod(request, call.method)
    assertOwnPage(request)
    sendJson(response, 200, await call.answer(request), HEADERS)
  }
}

function assertMethod({ method }: IncomingMessage, expected: Call['method']): void {
  if (method === expected || (method === 'HEAD' && expected === 'GET')) return
  throw new ConsoleError('METHOD_NOT_ALLOWED', `expected ${expected}`)
}

/**
 * A JSON content type is none that a form of a foreign page can send, and what its script sends has
 * that page's Origin. Programs send none with a GET, and neither does the page itself.
 */
function assertOwnPage(request: IncomingMessage): void {
  const isPost = request.method === 'POST'
  const isFromAPage = isPost || request.headers.origin !== undefined
  if (isCrossSite(request) || (isFromAPage && !isFromOwnPage(request))) {
    throw new ConsoleError('FORBIDDEN', 'this is not for the page of another origin')
  }
  if (isPost && !/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new ConsoleError('UNSUPPORTED_MEDIA_TYPE', 'expected application/json')
  }
}
