import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'

/** The names by which a browser on this machine knows the loopback address, with any port. */
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i

/**
 * Whether a request names this machine. A foreign page can make a name of its own lead here (DNS
 * rebinding), and its browser would take the console for that page's own server.
 */
export function isForLoopback({ host = '' }: IncomingHttpHeaders): boolean {
  return LOOPBACK_HOST.test(host)
}

/** Whether a page of another origin asks, as far as the browser says so. Programs say nothing. */
export function isCrossSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** Whether the page that asks is the console's own. Each browser sends an Origin with a POST. */
export function isFromOwnPage({ headers, socket }: IncomingMessage): boolean {
  const scheme = socket instanceof TLSSocket ? 'https' : 'http'
  return headers.origin?.toLowerCase() === `${scheme}://${headers.host}`.toLowerCase()
}
