// The types of `await using`, which an app may not have among its libraries.
/// <reference lib="esnext.disposable" preserve="true" />

import type { Joined, Left, Members, Message } from '../protocol/messages.ts'
import type { SwitchboardError } from './errors.ts'

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

export interface JoinOptions extends SendOptions {
  /** The others in the room are told that it has come, and when it has left. @default false */
  readonly announce?: boolean
}

export interface MembersOptions extends SendOptions {
  /** Where to go on: the `next` of the page before. @default - from the beginning */
  readonly after?: string | undefined
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

/** A page of those in a room: who has just died may be among them. */
export type MembersPage = Omit<Members, 'type' | 're'>

/** What comes of what an app asks for: of a room that it joins or leaves, nothing more. */
export type Reply = Receipt | MembersPage | undefined

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

/** What `on` of a room listens to. */
export interface RoomEvents<Data> {
  /** Somebody sent it to this room. The client's own `message` event has it too. */
  message: MessageOf<Data>
  /** A connection has come, and announces it: after a replacement this client's own next one, too. */
  joined: Omit<Joined, 'type' | 'id' | 'group'> & { readonly room: string }
  /** One that had announced its coming has left, or was lost. */
  left: Omit<Left, 'type' | 'id' | 'group'> & { readonly room: string }
  /**
   * The client is in the room again, after it was out of it, because its connection was lost: what
   * was said meanwhile is missed, and others are there.
   */
  rejoined: { readonly room: string }
  /**
   * The server does not let the client in again, for this reason: it is in the room no more, as if it
   * had left. The client's `error` event has it too.
   */
  ended: { readonly room: string; readonly error: SwitchboardError }
}

/** A room that the client is in: it joins again with every new connection, until it leaves. */
export interface Room<Data> {
  readonly name: string
  /** Listens, as the client's `on` does, until the client leaves the room. */
  on<Name extends keyof RoomEvents<Data>>(
    name: Name,
    listener: (event: RoomEvents<Data>[Name]) => unknown,
  ): () => void
  /**
   * To all in the room, once the client is in it.
   *
   * @throws SwitchboardError FORBIDDEN, and as `broadcast`
   */
  send(data: Data, options?: BroadcastOptions): Promise<Receipt>
  /**
   * Who is in it, up to 1,000 at a time: the next ones are had with the page's `next` as `after`.
   *
   * @throws as `send`
   */
  members(options?: MembersOptions): Promise<MembersPage>
  /**
   * Leaves, for all that hold the room: what listens to it hears nothing more, also when it is joined
   * again.
   *
   * @returns when the server knows, or has forgotten the connection
   * @throws SwitchboardError TIMEOUT or CLOSED; it is left all the same
   */
  leave(): Promise<void>
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
   * To all connections of a user.
   *
   * @throws SwitchboardError NOT_CONNECTED when it has none, FORBIDDEN, and as `broadcast`
   */
  sendToUser(user: string, data: Data, options?: BroadcastOptions): Promise<Receipt>
  /**
   * Joins a room, and joins it again with every new connection. Who joins twice holds the same room
   * twice; it is announced when one of the two says so.
   *
   * @returns when the server has let it in
   * @throws SwitchboardError FORBIDDEN, BAD_MESSAGE for a name or one room too many, and as `broadcast`;
   * then it is in no room that it was not in before
   */
  join(room: string, options?: JoinOptions): Promise<Room<Data>>
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
