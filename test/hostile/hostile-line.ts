import { connect as connectTcp, type Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'

/** What a hostile client does with its line. */
export interface HostileLine {
  /** For whoever looks for the one that broke something. */
  readonly name: string
  /** @default 'gateway' */
  readonly server?: 'gateway' | 'dynamodb'
  /** Whether it speaks TLS, as it should. @default false */
  readonly secure?: boolean
  /** What it writes first, and waits for the answer to. @default - nothing */
  readonly opening?: Buffer
  readonly writes: readonly Buffer[]
  /** Whether it reads what comes back. @default true */
  readonly reads?: boolean
  /** Whether it waits until the server answers or hangs up: it surely will. @default false */
  readonly answered?: boolean
  /** How long it waits for a reaction that may never come, in milliseconds. @default 5 */
  readonly lingerMs?: number
  /** How it leaves; `silence` stays until the storm is over. */
  readonly ending: 'fin' | 'reset' | 'silence'
}

/** Longer than any answer takes, so that one that does not come is noticed. */
const PATIENCE_MS = 20_000

/**
 * Plays it.
 *
 * @returns the line when it stays open in silence: the caller destroys it
 * @throws when an answer that has to come does not come
 */
export async function play(line: HostileLine, port: number): Promise<Socket | undefined> {
  const { opening, writes, reads = true, answered = false, lingerMs = 5, ending } = line
  const tcp = connectTcp(port, '127.0.0.1')
  tcp.on('error', () => {})
  const socket = line.secure ? connectTls({ socket: tcp, rejectUnauthorized: false }) : tcp
  // The server may drop it at any moment, and often has to.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const connected = line.secure ? 'secureConnect' : 'connect'
  await Promise.race([new Promise((resolve) => socket.once(connected, resolve)), closed])
  if (opening) {
    const heard = new Promise((resolve) => socket.once('data', resolve))
    socket.write(opening)
    await within(PATIENCE_MS, Promise.race([heard, closed]), `${line.name}: no answer`)
    if (!reads) socket.pause()
  }
  const heard = new Promise((resolve) => reads && socket.once('data', resolve))
  const reaction = Promise.race([heard, closed])
  for (const bytes of writes) {
    if (!socket.writable) break
    socket.write(bytes)
    await nextTurn()
  }
  if (answered) await within(PATIENCE_MS, reaction, `${line.name}: no answer`)
  else await Promise.race([reaction, sleep(lingerMs)])
  if (ending === 'silence') return socket
  if (ending === 'reset') tcp.resetAndDestroy()
  else {
    socket.end()
    // What it does not read would keep it open.
    await Promise.race([closed, sleep(lingerMs)])
    socket.destroy()
  }
  tcp.destroy()
  return undefined
}

async function within(milliseconds: number, promise: Promise<unknown>, why: string): Promise<void> {
  const abort = new AbortController()
  const timeout = sleep(milliseconds, 'late', { signal: abort.signal }).catch(() => 'aborted')
  const outcome = await Promise.race([promise, timeout])
  abort.abort()
  if (outcome === 'late') throw new Error(why)
}
