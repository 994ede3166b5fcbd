import { createServer } from 'node:http'
import { closeServer, listen } from '../../../local/http.ts'

export interface PageServer {
  /** With a `/` at its end. */
  readonly url: string
  close(): Promise<void>
}

/** Serves files of a site, by their names; the one without a name is its page. */
export async function servePages(files: Readonly<Record<string, string>>): Promise<PageServer> {
  const server = createServer(({ url = '/' }, response) => {
    const name = url.slice(1).replace(/\?.*/, '')
    const body = new Map(Object.entries(files)).get(name)
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html'
    response.writeHead(body === undefined ? 404 : 200, { 'Content-Type': `${type}; charset=utf-8` })
    response.end(body)
  })
  const port = await listen(server, 0)
  return { url: `http://localhost:${port}/`, close: () => closeServer(server) }
}
