import type { ClientEvents, Reply, RoomEvents, TokenRequest } from './types.ts'
import type { Json } from '../protocol/messages.ts'

/**
 * What happens to a client. Sockets are numbered: what an old one says is told from what the present
 * one says.
 */
export type MachineEvent =
  /** The app wants to be connected. */
  | { readonly type: 'connect' }
  /** The app is done. */
  | { readonly type: 'close' }
  /** `getToken` has answered; there is no token when there is no `getToken`. */
  | {
      readonly type: 'token'
      readonly socket: number
      readonly token?: string | undefined
      /** When the token ends, as far as it says so: in milliseconds since 1970. */
      readonly expiresAtMs?: number | undefined
    }
  | {
      readonly type: 'tokenFailed'
      readonly socket: number
      readonly error: Error
      /** It is no use to ask again. */
      readonly final: boolean
    }
  | { readonly type: 'opened'; readonly socket: number }
  | { readonly type: 'frame'; readonly socket: number; readonly text: string }
  /** It is closed, or could not be opened. */
  | { readonly type: 'dropped'; readonly socket: number }
  /** The app sends a message: `text` is its whole frame, with `id` in it. */
  | {
      readonly type: 'send'
      readonly id: string
      readonly text: string
      /** Which it has to do with. */
      readonly room?: string | undefined
      /** In milliseconds since 1970. */
      readonly deadlineMs: number
    }
  /** The app wants to be in a room, or out of it: `OUT`, `IN` or `ANNOUNCED`. */
  | {
      readonly type: 'room'
      readonly id: string
      readonly room: string
      readonly wish: number
      /** In milliseconds since 1970. */
      readonly deadlineMs: number
    }
  /** The app does not wait for the ack any more. */
  | { readonly type: 'cancel'; readonly id: string; readonly error: unknown }
  /** The machine is online again, or the page is visible again. */
  | { readonly type: 'nudge' }
  /** Time has passed. */
  | { readonly type: 'tick' }

/** What the shell is to do. */
export type Effect =
  /** Ask for a token; the answer is the event `token` or `tokenFailed`. */
  | {
      readonly type: 'getToken'
      readonly socket: number
      readonly reason: TokenRequest['reason']
    }
  /** Open a socket; the answer is `opened` or `dropped`. */
  | { readonly type: 'open'; readonly socket: number; readonly token: string | undefined }
  | { readonly type: 'send'; readonly socket: number; readonly text: string }
  /**
   * Close a socket, or give up opening it or asking for its token. Nothing it says after that is
   * looked at.
   */
  | { readonly type: 'close'; readonly socket: number }
  | { readonly type: 'resolve'; readonly id: string; readonly reply: Reply }
  | { readonly type: 'reject'; readonly id: string; readonly error: unknown }
  | Emit<keyof HeardEvents>

/** All that there is to hear, of the client and of its rooms. */
export type HeardEvents = ClientEvents<Json> & RoomEvents<Json>

type Emit<Name extends keyof HeardEvents> = Name extends Name
  ? {
      readonly type: 'emit'
      readonly name: Name
      readonly event: HeardEvents[Name]
      /** Which it has to do with. */
      readonly room?: string | undefined
    }
  : never

/** What `reduce` needs to know of the world. */
export interface World {
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** From 0 up to, but not including, 1: drawn anew by each call. */
  readonly random: () => number
}
