import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { listen } from '../http.ts'
import type { LocalCertificate } from './local-certificate.ts'

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16

/** How long a line may keep the gateway waiting, in milliseconds. */
export interface Patience {
  /** For its first byte. */
  readonly firstByteMs: number
  /** For the end of its TLS handshake. */
  readonly tlsMs: number
  /** For the end of a request's headers. */
  readonly headersMs: number
  /** For the end of a request's body. */
  readonly requestMs: number
  /** How often requests are looked at for that. */
  readonly checkEveryMs: number
  /** Once the client has ended its half of a TLS connection. */
  readonly halfClosedMs: number
}

/** Headers, requests and how often: as Node's own servers. */
const PATIENCE: Patience = {
  firstByteMs: 60_000,
  tlsMs: 10_000,
  headersMs: 60_000,
  requestMs: 300_000,
  checkEveryMs: 30_000,
  halfClosedMs: 1_000,
}

/** Room for a URL that is too long to be accepted and still has to be answered. */
const MAX_HEADER_BYTES = 32 * 1024

/**
 * One port for `ws://` and `wss://`, `http://` and `https://`: programs make `https://` of the
 * domain name that an event gives them, and on AWS that is right.
 */
export class Front {
  readonly #server: Server
  readonly #plain: HttpServer
  readonly #secure: HttpsServer
  readonly #sockets = new Set<Socket>()

  /** @param wire puts its listeners on a server of requests */
  constructor(
    certificate: LocalCertificate,
    wire: (server: HttpServer) => void,
    patience: Patience = PATIENCE,
  ) {
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      connectionsCheckingInterval: patience.checkEveryMs,
    }
    this.#plain = createHttpServer(options)
    this.#secure = createHttpsServer({
      ...options,
      key: certificate.key,
      cert: certificate.cert,
      handshakeTimeout: patience.tlsMs,
    })
    endHalfClosed(this.#secure, patience.halfClosedMs)
    for (const server of [this.#plain, this.#secure]) {
      wire(server)
      // It watches its requests' timeouts only once it listens, and this one's lines are given to it.
      server.emit('listening')
    }
    this.#server = createTcpServer((socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      socket.setTimeout(patience.firstByteMs, () => socket.destroy())
      this.#route(socket)
    })
  }

  /**
   * @param port 0 for any that is free
   * @returns the port that it listens on
   */
  listen(port: number): Promise<number> {
    return listen(this.#server, port)
  }

  /** Stops listening, gives the lines so long to end by themselves, and drops the rest. */
  close(graceMs: number): Promise<void> {
    // They stop watching, and drop the lines that only wait for another request.
    this.#plain.close()
    this.#secure.close()
    return new Promise((resolve) => {
      const grace = setTimeout(() => {
        for (const socket of this.#sockets) socket.destroy()
      }, graceMs)
      this.#server.close(() => {
        clearTimeout(grace)
        resolve()
      })
    })
  }

  /** Hands a line to the server that speaks its language. */
  #route(socket: Socket): void {
    socket.once('data', (first: Buffer) => {
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.pause()
      socket.unshift(first)
      const server = first[0] === TLS_HANDSHAKE ? this.#secure : this.#plain
      server.emit('connection', socket)
      // Not before the server has put its own listeners on.
      process.nextTick(() => socket.resume())
    })
  }
}

/**
 * Ends TLS connections whose client has gone. A reset while something is still to be written looks
 * like the client's end of the stream, and the write would wait for ever.
 */
function endHalfClosed(secure: HttpsServer, patienceMs: number): void {
  // What breaks off before TLS is agreed upon is nobody's error.
  secure.on('tlsClientError', (_, socket) => socket.destroy())
  secure.on('secureConnection', (socket) => {
    socket.once('end', () => {
      const grace = setTimeout(() => socket.destroy(), patienceMs)
      socket.once('close', () => clearTimeout(grace))
    })
  })
}
