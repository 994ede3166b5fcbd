import { MAX_FRAME_BYTES, type Json } from '../protocol/messages.ts'
import { Emitter } from './emitter.ts'
import { SwitchboardError } from './errors.ts'
import { WATCH_MS } from './limits.ts'
import type { Effect, MachineEvent } from './machine.ts'
import { MessageStream } from './message-stream.ts'
import { closedError } from './outbox.ts'
import { watchPage } from './page-events.ts'
import { initial, reduce } from './reducer.ts'
import { Sockets } from './sockets.ts'
import { connectionIdOf, nextDeadline, stateOf, type MachineState } from './state.ts'
import { expiryOf } from './token.ts'
import type {
  BroadcastOptions,
  Client,
  ClientEvents,
  ClientOptions,
  ClientState,
  Clock,
  MessageOf,
  Receipt,
  SendOptions,
  TokenRequest,
  WebSocketClass,
} from './types.ts'

const DEFAULT_MAX_PENDING = 100
const DEFAULT_TIMEOUT_MS = 120_000

/** How long `close()` waits for the other side, in milliseconds. */
const CLOSE_WITHIN_MS = 2_000

/**
 * A connection to Switchboard that comes back by itself.
 *
 * @typeParam Data what the app sends and receives
 * @throws TypeError when there is no WebSocket, or the URL is none
 */
export function createClient<Data = Json>(options: ClientOptions): Client<Data> {
  return new MachineClient<Data>(options)
}

/** A promise that waits for an ack. */
interface Pending {
  resolve(receipt: Receipt): void
  reject(error: unknown): void
}

/** Carries out what the reducer decides. */
class MachineClient<Data> implements Client<Data> {
  readonly #options: ClientOptions
  readonly #clock: Clock
  readonly #sockets: Sockets
  readonly #emitter: Emitter<ClientEvents<Data>>
  readonly #events: MachineEvent[] = []
  readonly #pending = new Map<string, Pending>()
  readonly #tokenRequests = new Map<number, AbortController>()
  #machine: MachineState
  #isWorking = false
  #cancelTimer: () => void = () => {}
  #timerDueMs = Infinity
  #unwatchPage: (() => void) | undefined
  /** Why it is closed. */
  #end: Error | undefined

  constructor(options: ClientOptions) {
    this.#options = options
    this.#clock = options.clock ?? wallClock
    const url = new URL(options.url).href
    this.#sockets = new Sockets(url, webSocketClass(options), (event) => this.#dispatch(event))
    this.#emitter = new Emitter((error, name) => this.#reportThrown(error, name))
    this.#machine = initial({ maxPending: options.maxPending ?? DEFAULT_MAX_PENDING })
    if (options.autoConnect ?? true) queueMicrotask(() => this.#dispatch({ type: 'connect' }))
  }

  get state(): ClientState {
    return stateOf(this.#machine)
  }

  get connectionId(): string | undefined {
    return connectionIdOf(this.#machine)
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.state === 'open') return resolve()
      if (this.#end) return reject(this.#end)
      const off = this.on('state', ({ state, error }) => {
        if (state === 'open') resolve()
        else if (state === 'closed') reject(error ?? closedError())
        else return
        off()
      })
      this.#dispatch({ type: 'connect' })
    })
  }

  on<Name extends keyof ClientEvents<Data>>(
    name: Name,
    listener: (event: ClientEvents<Data>[Name]) => void,
  ): () => void {
    return this.#emitter.on(name, listener)
  }

  messages({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<
    MessageOf<Data>
  > {
    const onAbort = (): void => stream.end(signal?.reason)
    const offs = [
      this.on('message', (message) => stream.push(message)),
      this.on('state', ({ state }) => state === 'closed' && stream.end()),
    ]
    const stream = new MessageStream<MessageOf<Data>>(() => {
      for (const off of offs) off()
      signal?.removeEventListener('abort', onAbort)
    })
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    if (this.state === 'closed') stream.end()
    return stream
  }

  broadcast(data: Data, { echo, ...options }: BroadcastOptions = {}): Promise<Receipt> {
    return this.#send(echo === undefined ? { data } : { data, echo }, options)
  }

  sendTo(connectionId: string, data: Data, options: SendOptions = {}): Promise<Receipt> {
    return this.#send({ data, to: connectionId }, options)
  }

  async close(): Promise<void> {
    this.#dispatch({ type: 'close' })
    let cancel = (): void => {}
    const patience = new Promise<void>((resolve) => {
      cancel = this.#clock.after(CLOSE_WITHIN_MS, resolve)
    })
    await Promise.race([this.#sockets.allClosed(), patience])
    cancel()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // Async, so that what is wrong with the data is told as everything else is.
  async #send(
    fields: { readonly data: Data; readonly to?: string; readonly echo?: boolean },
    { signal, timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS }: SendOptions,
  ): Promise<Receipt> {
    signal?.throwIfAborted()
    const id = newId()
    const text = JSON.stringify({ action: 'sendmessage', id, ...fields })
    assertFits(text)
    const onAbort = (): void => {
      const error: unknown = signal?.reason
      this.#dispatch({ type: 'cancel', id, error })
    }
    signal?.addEventListener('abort', onAbort)
    try {
      return await new Promise<Receipt>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject })
        this.#dispatch({ type: 'send', id, text, deadlineMs: this.#clock.now() + timeoutMs })
      })
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** One event after the other: what is done about one may bring the next. */
  #dispatch(event: MachineEvent): void {
    this.#events.push(event)
    if (this.#isWorking) return
    this.#isWorking = true
    try {
      this.#workOff()
    } finally {
      this.#isWorking = false
    }
    this.#setTimer()
  }

  #workOff(): void {
    for (let next = this.#events.shift(); next; next = this.#events.shift()) {
      const world = { nowMs: this.#clock.now(), random: this.#options.random ?? Math.random }
      const { state, effects } = reduce(this.#machine, next, world)
      this.#machine = state
      for (const effect of effects) this.#carryOut(effect)
    }
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'getToken':
        return void this.#askForToken(effect.socket, effect.reason)
      case 'open':
        return this.#open(effect.socket, effect.token)
      case 'send':
        return this.#sockets.send(effect.socket, effect.text)
      case 'close':
        this.#tokenRequests.get(effect.socket)?.abort()
        return this.#sockets.close(effect.socket)
      case 'resolve':
        return this.#take(effect.id)?.resolve(effect.receipt)
      case 'reject':
        return this.#take(effect.id)?.reject(effect.error)
      case 'emit':
        return this.#emit(effect)
    }
  }

  async #askForToken(socket: number, reason: TokenRequest['reason']): Promise<void> {
    const { getToken } = this.#options
    if (!getToken) return this.#dispatch({ type: 'token', socket })
    const controller = new AbortController()
    this.#tokenRequests.set(socket, controller)
    try {
      const token = await getToken({ reason, signal: controller.signal })
      this.#dispatch({ type: 'token', socket, token, expiresAtMs: expiryOf(token) })
    } catch (thrown) {
      const error = toError(thrown)
      this.#dispatch({ type: 'tokenFailed', socket, error, final: error.name === 'AuthError' })
    } finally {
      this.#tokenRequests.delete(socket)
    }
  }

  #open(socket: number, token: string | undefined): void {
    try {
      this.#sockets.open(socket, token)
    } catch (error) {
      this.#report(toError(error))
      this.#dispatch({ type: 'dropped', socket })
    }
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #emit(effect: Effect & { type: 'emit' }): void {
    switch (effect.name) {
      case 'message':
        // oxlint-disable-next-line no-unsafe-type-assertion -- what the data is, only the app can know
        return void this.#emitter.emit('message', effect.event as MessageOf<Data>)
      case 'state':
        this.#onState(effect.event)
        return void this.#emitter.emit('state', effect.event)
      case 'connected':
        return void this.#emitter.emit('connected', effect.event)
      case 'reconnected':
        return void this.#emitter.emit('reconnected', effect.event)
      case 'error':
        return this.#report(effect.event)
    }
  }

  #onState({ state, previous, error }: ClientEvents<Data>['state']): void {
    if (state === 'closed') {
      this.#end = error ?? closedError()
      this.#unwatchPage?.()
    } else if (previous === 'idle') {
      this.#unwatchPage = watchPage(() => this.#dispatch({ type: 'nudge' }))
    }
  }

  #reportThrown(error: unknown, name: keyof ClientEvents<Data>): void {
    if (name === 'error') console.error(error)
    else this.#report(toError(error))
  }

  /** An error that nobody listens to would be lost. */
  #report(error: Error): void {
    if (!this.#emitter.emit('error', error)) console.error(error)
  }

  /** A tick that comes too early does no harm, so the timer is only ever moved forward. */
  #setTimer(): void {
    const dueMs = nextDeadline(this.#machine)
    if (dueMs >= this.#timerDueMs) return
    this.#cancelTimer()
    this.#cancelTimer = () => {}
    this.#timerDueMs = dueMs
    if (dueMs === Infinity) return
    const waitMs = Math.min(WATCH_MS, Math.max(0, dueMs - this.#clock.now()))
    this.#cancelTimer = this.#clock.after(waitMs, () => {
      this.#timerDueMs = Infinity
      this.#dispatch({ type: 'tick' })
    })
  }
}

const wallClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, task) {
    const timer = setTimeout(task, milliseconds)
    return () => clearTimeout(timer)
  },
}

function webSocketClass(options: ClientOptions): WebSocketClass {
  const { WebSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket } = options
  if (WebSocket) return WebSocket
  throw new TypeError(
    'there is no global WebSocket before Node 22: pass one as the option WebSocket',
  )
}

/** API Gateway closes the connection over a longer frame, and sending it again would do so again. */
function assertFits(text: string): void {
  const bytes = new TextEncoder().encode(text).length
  if (bytes <= MAX_FRAME_BYTES) return
  const problem = `the frame has ${bytes} bytes, expected at most ${MAX_FRAME_BYTES}`
  throw new SwitchboardError('TOO_LARGE', problem)
}

/** A UUID, version 4. `crypto.randomUUID` is missing in pages that came over `http:`. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const [, a, b, c, d] = /(.{8})(.{4}).(.{3}).(.{15})/.exec(hex) ?? []
  return `${a}-${b}-4${c}-8${d?.slice(0, 3)}-${d?.slice(3)}`
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
