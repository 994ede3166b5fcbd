import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** Where requests go. */
export interface Destination {
  readonly secure: boolean
  /** A name or an address; an IPv6 address without the brackets of a URL. */
  readonly host: string
  readonly port: number
}

const HTTPS_PORT = 443
const HTTP_PORT = 80

/** Of a URL in its parts, as the SDK has it. */
export function destinationOf(url: {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number | undefined
}): Destination {
  const secure = url.protocol !== 'http:'
  return {
    secure,
    host: url.hostname.replace(/^\[|\]$/g, ''), // An IPv6 address has its brackets in a URL only.
    port: url.port ?? (secure ? HTTPS_PORT : HTTP_PORT),
  }
}

/** Gives a new socket at each call, which is still connecting. */
export function lineOpener({ secure, host, port }: Destination): () => Socket {
  if (!secure) return () => connect({ host, port, noDelay: true })
  // A name, which the certificate has to have, goes into the handshake; an address may not.
  const name = isIP(host) === 0 ? { servername: host } : {}
  // Of the last handshake: with it the next one costs far less.
  let session: Buffer | undefined
  return () => {
    const socket = connectTls({
      host,
      port,
      ALPNProtocols: ['http/1.1'],
      ...name,
      ...(session && { session }),
    })
    socket.setNoDelay(true)
    socket.on('session', (next) => {
      session = next
    })
    return socket
  }
}
