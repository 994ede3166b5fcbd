import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { portOf } from './http-answers.ts'

/** A network in the middle that a test can break. */
export interface TcpProxy extends AsyncDisposable {
  /** The stage behind it. */
  readonly url: string
  /** From now on nothing passes over the lines that there are, and nobody is told. */
  freeze(): void
}

/** Passes on to where a URL leads. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const url = new URL(target)
  const port = Number(url.port)
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(port, url.hostname)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  url.port = String(portOf(server.address()))
  return {
    url: url.href,
    freeze() {
      for (const socket of sockets) {
        socket.unpipe()
        socket.pause()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
