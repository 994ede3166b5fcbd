import type { Counts } from './delivery.ts'

/** What the metrics tell: numbers of one invocation. */
export interface Measures extends Partial<Counts> {
  /** Connections that `$connect` has listed. */
  readonly opened?: number
  /** Connections whose `$disconnect` has come: not every one does. */
  readonly closed?: number
  /** Handshakes that were refused, by reason. */
  readonly refusedOrigin?: number
  readonly refusedNoToken?: number
  readonly refusedExpiredToken?: number
  readonly refusedToken?: number
  /** Handshakes that were refused because the issuer's keys could not be had: nobody gets in. */
  readonly keysUnavailable?: number
  /** Messages from clients, by whom they are for. */
  readonly toEveryone?: number
  readonly toRoom?: number
  readonly toUser?: number
  readonly toOne?: number
  /** Messages from your own backend. */
  readonly published?: number
  /** Frames of clients that were answered with an error of their own making. */
  readonly badFrames?: number
  /** Frames that were answered with INTERNAL: a failure on our side. */
  readonly internalErrors?: number
  /** Frames that came too soon after others of their connection. */
  readonly rateLimited?: number
  /** Connections that were closed because they kept on sending too much, or for their token's end. */
  readonly closedByUs?: number
  /** Messages to an audience that went to the delivery queue. */
  readonly queued?: number
  /** Recipients that went to the dead-letter queue. */
  readonly givenUp?: number
  /** From a message's arrival to the last of its posts, or of those of one chunk, in milliseconds. */
  readonly fanOutMs?: number
}
