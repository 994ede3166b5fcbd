import { MAX_FRAME_BYTES, type Json } from '../protocol/messages.ts'
import { Emitter, toError } from './emitter.ts'
import { AuthError, SwitchboardError } from './errors.ts'
import { WATCH_MS } from './limits.ts'
import type { Effect, HeardEvents, MachineEvent } from './machine.ts'
import { MessageStream } from './message-stream.ts'
import { watchPage } from './page-events.ts'
import { ANNOUNCED, IN, OUT } from './presence.ts'
import { initial, reduce } from './reducer.ts'
import { Sockets } from './sockets.ts'
import { nextDeadline, stateOf, type MachineState } from './state.ts'
import { expiryOf } from './token.ts'
import type {
  BroadcastOptions,
  Client,
  ClientEvents,
  ClientOptions,
  ClientState,
  Clock,
  JoinOptions,
  MessageOf,
  Receipt,
  Reply,
  Room,
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
  // oxlint-disable-next-line no-unsafe-type-assertion -- what the data is, only the app can know
  return new MachineClient(options) as Client<Data>
}

/** A promise that waits for an answer; of which kind that is, the server has to get right. */
interface Pending {
  resolve(reply: Reply | PromiseLike<Reply>): void
  reject(error: unknown): void
}

/** What a request has to do with a room. */
type About =
  | { readonly room?: string | undefined }
  | { readonly type: 'room'; readonly room: string; readonly wish: number }

/** Carries out what the reducer decides. */
class MachineClient implements Client<Json> {
  readonly #options: ClientOptions
  readonly #clock: Clock
  readonly #sockets: Sockets
  readonly #emitter = new Emitter<HeardEvents>()
  readonly #events: MachineEvent[] = []
  readonly #pending = new Map<string, Pending>()
  readonly #tokenRequests = new Map<number, AbortController>()
  #machine: MachineState
  #cancelTimer: () => void = () => {}
  #closed: Promise<void> | undefined
  /** Why it is closed. */
  #end: Error | undefined

  constructor(options: ClientOptions) {
    this.#options = options
    this.#clock = steady(options.clock ?? wallClock)
    const url = new URL(options.url).href
    this.#sockets = new Sockets(url, webSocketClass(options), (event) => this.#dispatch(event))
    this.#machine = initial({ maxPending: options.maxPending ?? DEFAULT_MAX_PENDING })
    const unwatch = watchPage(() => this.#dispatch({ type: 'nudge' }))
    this.on('state', ({ state, error }) => {
      if (state !== 'closed') return
      this.#end = error
      unwatch()
    })
    if (options.autoConnect ?? true) queueMicrotask(() => this.#dispatch({ type: 'connect' }))
  }

  get state(): ClientState {
    return stateOf(this.#machine)
  }

  get connectionId(): string | undefined {
    return this.#machine.line?.connectionId
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const off = this.on('state', () => settle())
      const settle = (): void => {
        if (this.state === 'open') resolve()
        else if (this.#end) reject(this.#end)
        else return
        off()
      }
      settle()
      this.#dispatch({ type: 'connect' })
    })
  }

  on<Name extends keyof ClientEvents<Json>>(
    name: Name,
    listener: (event: ClientEvents<Json>[Name]) => unknown,
  ): () => void {
    return this.#emitter.on(name, listener)
  }

  messages(
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterableIterator<MessageOf<Json>> {
    const { signal } = options
    const stream = new MessageStream<MessageOf<Json>>(() => offs.forEach((off) => off()))
    const onAbort = (): void => stream.end(signal?.reason)
    const offs = [
      this.on('message', (message) => stream.push(message)),
      this.on('state', ({ state }) => state === 'closed' && stream.end()),
      () => signal?.removeEventListener('abort', onAbort),
    ]
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    if (this.#end) stream.end()
    return stream.read()
  }

  broadcast(data: Json, options?: BroadcastOptions): Promise<Receipt> {
    return this.#send({ data }, options)
  }

  sendTo(connectionId: string, data: Json, options?: SendOptions): Promise<Receipt> {
    // What is undefined would not be sent: a message to nobody would be one to everyone.
    return this.#send({ data, to: connectionId ?? null }, options)
  }

  sendToUser(user: string, data: Json, options?: BroadcastOptions): Promise<Receipt> {
    return this.#send({ data, to: { user } }, options)
  }

  async join(room: string, { announce, ...options }: JoinOptions = {}): Promise<Room<Json>> {
    const wish = announce ? ANNOUNCED : IN
    await this.#ask({ action: 'join', room, announce }, options, { type: 'room', room, wish })
    return {
      name: room,
      on: (name, listener) => this.#emitter.on(name, listener, room),
      send: (data, more) => this.#send({ data, to: { room } }, more, { room }),
      members: ({ after, ...more } = {}) =>
        this.#ask({ action: 'members', room, after }, more, { room }),
      leave: () => {
        this.#emitter.clear(room)
        return this.#ask<undefined>(
          { action: 'leave', room },
          {},
          { type: 'room', room, wish: OUT },
        )
      },
    }
  }

  close(): Promise<void> {
    this.#dispatch({ type: 'close' })
    this.#closed ??= new Promise((resolve) => {
      const cancel = this.#clock.after(CLOSE_WITHIN_MS, resolve)
      this.#sockets.whenEmpty(() => {
        cancel()
        resolve()
      })
    })
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #send(
    fields: object,
    { echo, ...options }: BroadcastOptions = {},
    about?: About,
  ): Promise<Receipt> {
    return this.#ask({ action: 'sendmessage', ...fields, echo }, options, about)
  }

  // Async, so that what is wrong with the data is told as everything else is.
  async #ask<Answer extends Reply>(
    fields: object,
    { signal, timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS }: SendOptions,
    about?: About,
  ): Promise<Answer> {
    signal?.throwIfAborted()
    const id = newId()
    const text = JSON.stringify({ id, ...fields })
    assertFits(text)
    const onAbort = (): void => {
      const error: unknown = signal?.reason
      this.#dispatch({ type: 'cancel', id, error })
    }
    signal?.addEventListener('abort', onAbort)
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject })
        const request = { id, text, deadlineMs: this.#clock.now() + timeoutMs }
        this.#dispatch({ type: 'send', ...request, ...about })
      })
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** One event after the other. */
  #dispatch(event: MachineEvent): void {
    if (this.#events.push(event) > 1) return
    try {
      this.#workOff()
    } finally {
      this.#events.length = 0
      this.#setTimer()
    }
  }

  /** What is done about one may bring the next. */
  #workOff(): void {
    for (const next of this.#events) {
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
        return this.#sockets.open(effect.socket, effect.token)
      case 'send':
        return this.#sockets.send(effect.socket, effect.text)
      case 'close':
        this.#tokenRequests.get(effect.socket)?.abort()
        return this.#sockets.close(effect.socket)
      case 'resolve':
        return this.#take(effect.id)?.resolve(effect.reply)
      case 'reject':
        return this.#take(effect.id)?.reject(effect.error)
      case 'emit':
        this.#emitter.emit(effect.name, effect.event, effect.room)
        if (effect.name === 'ended') this.#emitter.clear(effect.event.room)
    }
  }

  async #askForToken(socket: number, reason: TokenRequest['reason']): Promise<void> {
    const controller = new AbortController()
    this.#tokenRequests.set(socket, controller)
    try {
      const token = await this.#options.getToken?.({ reason, signal: controller.signal })
      this.#dispatch({ type: 'token', socket, token, expiresAtMs: expiryOf(token) })
    } catch (thrown) {
      const error = toError(thrown)
      this.#dispatch({ type: 'tokenFailed', socket, error, final: error instanceof AuthError })
    } finally {
      this.#tokenRequests.delete(socket)
    }
  }

  #take(id: string): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    return pending
  }

  #setTimer(): void {
    this.#cancelTimer()
    const waitMs = nextDeadline(this.#machine) - this.#clock.now()
    if (waitMs === Infinity) return
    this.#cancelTimer = this.#clock.after(Math.min(WATCH_MS, waitMs), () => {
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

/**
 * When the clock is set back, this one goes on: what waits for its time would wait that much longer,
 * be it a line that owes an answer, an attempt to connect, or a message.
 */
function steady(clock: Clock): Clock {
  let aheadMs = 0
  let lastMs = 0
  return {
    now() {
      const nowMs = clock.now()
      aheadMs += Math.max(0, lastMs - nowMs)
      lastMs = nowMs
      return nowMs + aheadMs
    },
    after: (milliseconds, task) => clock.after(milliseconds, task),
  }
}

function webSocketClass(options: ClientOptions): WebSocketClass {
  const { WebSocket = (globalThis as { WebSocket?: WebSocketClass }).WebSocket } = options
  if (WebSocket) return WebSocket
  throw new TypeError('before Node 22, pass a WebSocket')
}

/** API Gateway closes the connection over a longer frame, and sending it again would do so again. */
function assertFits(text: string): void {
  const bytes = new TextEncoder().encode(text).length
  if (bytes <= MAX_FRAME_BYTES) return
  throw new SwitchboardError('TOO_LARGE', `${bytes} bytes, at most ${MAX_FRAME_BYTES}`)
}

/** A UUID, version 4. `crypto.randomUUID` is missing in pages that came over `http:`. */
function newId(): string {
  const digits = crypto.getRandomValues(new Uint8Array(36))
  return '00000000-0000-4000-8000-000000000000'.replaceAll('0', (_, index: number) => {
    return ((digits[index] ?? 0) & 15).toString(16)
  })
}
