// The types of `await using`, which an app may not have among its libraries.
/// <reference lib="esnext.disposable" preserve="true" />

import type { Message } from '../protocol/messages.ts'

/** `idle` until it is told to connect; `closed` is final. */
export type ClientState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed'

/** Why a token is asked for. */
export interface TokenRequest {
  /**
   * - `connect`: the first connection.
   * - `reconnect`: the last one was lost.
   * - `renew`: the connection nears its two hours, or its token its end.
   * - `refused`: the last token may be why: it was refused by name, or two, four, eight … tries
   *   failed in a row, and a browser does not say why. Bring a new one, not one that has been kept.
   */
  readonly reason: 'connect' | 'reconnect' | 'renew' | 'refused'
  /** Aborts when the answer is not waited for any more. */
  readonly signal: AbortSignal
}

export interface ClientOptions {
  /** The stage, such as `wss://….execute-api.us-east-1.amazonaws.com/prod`. */
  readonly url: string | URL
  /**
   * Brings a token before each connect, one call at a time. An {@link AuthError} that it throws
   * closes the client; after any other error it is asked again, later.
   *
   * @default - none: the stack lets anyone in
   */
  readonly getToken?: (request: TokenRequest) => string | Promise<string>
  /** Messages that may wait for their acks, those under way among them. @default 100 */
  readonly maxPending?: number
  /** How long a message may wait for its ack, in milliseconds. @default 120000 */
  readonly timeoutMs?: number
  /** Connects by itself, as soon as the caller has put its listeners on. @default true */
  readonly autoConnect?: boolean
  /** @default globalThis.WebSocket */
  readonly WebSocket?: WebSocketClass
  /** @default the machine's */
  readonly clock?: Clock
  /** From 0 up to, but not including, 1. @default Math.random */
  readonly random?: () => number
}

export interface SendOptions {
  /** Gives up when it aborts: the promise is rejected with its reason. The message may have arrived. */
  readonly signal?: AbortSignal
  /** How long to wait for the ack, in milliseconds. @default - the client's `timeoutMs` */
  readonly timeoutMs?: number
}

export interface BroadcastOptions extends SendOptions {
  /** `false` leaves the sender out. @default true */
  readonly echo?: boolean
}

/** What became of a message: an ack without what the client has used up of it. */
export type Receipt =
  | {
      /** Of the message that was pushed. */
      readonly id: string
      /** Connections for which API Gateway accepted it; a peer whose line has just died is counted. */
      readonly sent: number
      /** Connections that had left. */
      readonly gone: number
      /** Connections that may not have got it, although they may be online. */
      readonly failed: number
      readonly queued?: undefined
    }
  | {
      readonly id: string
      /** There are many recipients: the delivery goes on, and nothing more is told of it. */
      readonly queued: true
      readonly sent?: undefined
      readonly gone?: undefined
      readonly failed?: undefined
    }

/** A message whose `data` the app knows. */
export type MessageOf<Data> = Omit<Message, 'data'> & { readonly data: Data }

/** Why the state has changed. */
export type StateReason =
  /** It was told to connect. */
  | 'connect'
  /** The server has answered. */
  | 'answered'
  /** The line was closed, by whoever it was. */
  | 'dropped'
  /** Nothing was heard over the line in time. */
  | 'silent'
  /** The server ends the connection: its token has expired, or it has sent too much. */
  | 'refused'
  /** `close()` was called. */
  | 'close'
  /** There is no token, and there will be none. */
  | 'unauthorized'

export interface StateChange {
  readonly state: ClientState
  readonly previous: ClientState
  readonly reason: StateReason
  /** Why it is closed. */
  readonly error?: Error | undefined
}

/** What `on` listens to. */
export interface ClientEvents<Data> {
  /** Somebody sent it. Never twice with one id. */
  message: MessageOf<Data>
  state: StateChange
  /** There is a connection with a new id: the first, the next after a loss, or one that replaces another. */
  connected: { readonly connectionId: string }
  /**
   * It was away, and has heard nothing for `awayMs`, which begins before the loss was noticed: what
   * others sent since may be missed.
   */
  reconnected: { readonly connectionId: string; readonly awayMs: number }
  /** A listener's exception, `getToken`'s, API Gateway's own answers, errors that are no message's. */
  error: Error
}

export interface Client<Data> extends AsyncDisposable {
  readonly state: ClientState
  /** The present one; undefined while there is none. It changes with every connection. */
  readonly connectionId: string | undefined
  /**
   * Connects, if it does not yet.
   *
   * @returns when it is open for the first time
   * @throws SwitchboardError CLOSED, or the AuthError of `getToken`
   */
  connect(): Promise<void>
  /** Listens. Returns its undo. What a listener throws, or rejects with, becomes an `error` event. */
  on<Name extends keyof ClientEvents<Data>>(
    name: Name,
    listener: (event: ClientEvents<Data>[Name]) => unknown,
  ): () => void
  /**
   * The messages from this call on, in a loop that ends when the client is closed.
   *
   * @throws in the loop: the signal's reason, or SwitchboardError QUEUE_FULL when 10,000 wait
   */
  messages(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<MessageOf<Data>>
  /**
   * To every connection.
   *
   * @throws SwitchboardError with the protocol's code, or TIMEOUT, QUEUE_FULL, CLOSED
   */
  broadcast(data: Data, options?: BroadcastOptions): Promise<Receipt>
  /**
   * To one connection.
   *
   * @throws SwitchboardError NOT_CONNECTED and as `broadcast`
   */
  sendTo(connectionId: string, data: Data, options?: SendOptions): Promise<Receipt>
  /**
   * Rejects what waits for its ack with CLOSED, and ends. Resolves when the connection is closed, after
   * two seconds at most: a dead line never is, and may keep a Node process alive for longer.
   */
  close(): Promise<void>
}

/** What the client uses of a `WebSocket`, the standard's or the one of `ws`. */
export interface WebSocketLike {
  addEventListener(name: 'open' | 'close' | 'error', listener: () => void): void
  addEventListener(name: 'message', listener: (event: { readonly data: unknown }) => void): void
  send(text: string): void
  close(code?: number): void
}

export type WebSocketClass = new (url: string, protocols: string[]) => WebSocketLike

/** Wall-clock time and timers. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `task` when so many milliseconds have passed. Returns the undo. */
  after(milliseconds: number, task: () => void): () => void
}
