import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import type { Quotas } from '../../local/index.ts'

const addressesSchema = v.object({
  url: v.string(),
  callbackUrl: v.string(),
  dynamodbUrl: v.string(),
  credentials: v.object({
    accessKeyId: v.string(),
    secretAccessKey: v.string(),
    sessionToken: v.string(),
  }),
})

const reportSchema = v.object({
  /** What it holds after a garbage collection, on the heap and in buffers. */
  heldBytes: v.number(),
  /** TCP connections that it has, to whomever. */
  lines: v.number(),
  accepted: v.number(),
  open: v.number(),
  refused: v.number(),
  messages: v.number(),
  wronglyEnded: v.number(),
  disconnects: v.number(),
  disconnectInvocations: v.number(),
})

export type Addresses = v.InferOutput<typeof addressesSchema>
export type Report = v.InferOutput<typeof reportSchema>

/** The local runtime, in a process that ends when anything in it throws and nobody catches. */
export class RunningGateway {
  #addresses: Addresses | undefined
  readonly #child: ChildProcess
  #stderr = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString('utf8')
    })
  }

  static async start(assembly: string, quotas: Quotas = {}): Promise<RunningGateway> {
    const child = fork(
      fileURLToPath(new URL('gateway-process.ts', import.meta.url)),
      [assembly, JSON.stringify(quotas)],
      { execArgv: ['--expose-gc', '--import', 'tsx'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    )
    const gateway = new RunningGateway(child)
    gateway.#addresses = v.parse(addressesSchema, await gateway.#next())
    return gateway
  }

  get addresses(): Addresses {
    if (!this.#addresses) throw new Error('the gateway has not started')
    return this.#addresses
  }

  get port(): number {
    return Number(new URL(this.addresses.url).port)
  }

  /** What it wrote when it went down; undefined while it is up. */
  get crash(): string | undefined {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) return undefined
    return `exit code ${exitCode}, signal ${signalCode}\n${this.#stderr}`
  }

  /** @throws when it has gone down */
  async report(): Promise<Report> {
    if (this.crash !== undefined) throw new Error(this.crash)
    this.#child.send('report')
    return v.parse(reportSchema, await this.#next())
  }

  async close(): Promise<void> {
    if (this.crash !== undefined) return
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }

  /** What it says next. */
  async #next(): Promise<unknown> {
    const stop = new AbortController()
    const { signal } = stop
    const [message]: unknown[] = await Promise.race([
      once(this.#child, 'message', { signal }),
      once(this.#child, 'exit', { signal }),
    ]).finally(() => stop.abort())
    if (this.crash !== undefined) throw new Error(this.crash)
    return message
  }
}
