import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { listen } from '../http.ts'
import type { LocalCertificate } from './local-certificate.ts'

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16

/** How long a line may stay silent before its first byte, in milliseconds: as Node's for headers. */
const FIRST_BYTE_TIMEOUT_MS = 60_000

/** Room for a URL that is too long to be accepted and still has to be answered. */
const MAX_HEADER_BYTES = 32 * 1024

/**
 * One port for `ws://` and `wss://`, `http://` and `https://`: programs make `https://` of the
 * domain name that an event gives them, and on AWS that is right.
 */
export class Front {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** @param wire puts its listeners on a server of requests */
  constructor(certificate: LocalCertificate, wire: (server: HttpServer) => void) {
    const options = { maxHeaderSize: MAX_HEADER_BYTES }
    const plain = createHttpServer(options)
    const secure = createHttpsServer({ ...options, key: certificate.key, cert: certificate.cert })
    // What breaks off before TLS is agreed upon is nobody's error.
    secure.on('tlsClientError', (_, socket) => socket.destroy())
    wire(plain)
    wire(secure)
    this.#server = createTcpServer((socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      route(socket, plain, secure)
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
}

/** Hands a line to the server that speaks its language. */
function route(socket: Socket, plain: HttpServer, secure: HttpServer): void {
  socket.setTimeout(FIRST_BYTE_TIMEOUT_MS, () => socket.destroy())
  socket.once('data', (first: Buffer) => {
    socket.setTimeout(0)
    socket.removeAllListeners('timeout')
    socket.pause()
    socket.unshift(first)
    const server = first[0] === TLS_HANDSHAKE ? secure : plain
    server.emit('connection', socket)
    // Not before the server has put its own listeners on.
    process.nextTick(() => socket.resume())
  })
}
