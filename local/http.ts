import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Server } from 'node:net'

/** All servers of the local runtime answer on this machine alone. */
export const LOOPBACK = '127.0.0.1'

/**
 * @param port 0 for any that is free
 * @returns the port that it listens on
 */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** Stops listening and drops every connection. */
export function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/**
 * Reads a body to its end, and keeps at most one byte more than `maxBytes` of it. Rejects when the
 * line is dropped before.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      if (bytes <= maxBytes) chunks.push(chunk)
      bytes += chunk.length
    })
    request.once('end', () => resolve(Buffer.concat(chunks).subarray(0, maxBytes + 1)))
    request.once('error', reject)
    request.once('close', () => {
      if (!request.complete) reject(new Error('the line was dropped'))
    })
  })
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
