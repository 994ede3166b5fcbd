/**
 * The metrics that the functions write and that alarms and the dashboard read: what both sides share.
 * This file imports nothing.
 */
export const METRIC_NAMESPACE = 'Switchboard'

/** The one dimension. */
export const METRIC_DIMENSION = 'FunctionName'

/** By the name in the code: the name in CloudWatch. */
export const METRICS = {
  opened: 'ConnectionsOpened',
  closed: 'ConnectionsClosed',
  closedByUs: 'ConnectionsClosedByUs',
  refusedOrigin: 'RefusedOrigin',
  refusedNoToken: 'RefusedNoToken',
  refusedExpiredToken: 'RefusedExpiredToken',
  refusedToken: 'RefusedToken',
  keysUnavailable: 'KeysUnavailable',
  toEveryone: 'MessagesToEveryone',
  toRoom: 'MessagesToRoom',
  toUser: 'MessagesToUser',
  toOne: 'MessagesToOne',
  published: 'MessagesPublished',
  badFrames: 'BadFrames',
  internalErrors: 'InternalErrors',
  rateLimited: 'RateLimited',
  sent: 'Sent',
  gone: 'Gone',
  throttled: 'Throttled',
  unavailable: 'Unavailable',
  failed: 'Failed',
  queued: 'Queued',
  givenUp: 'GivenUp',
  fanOutMs: 'FanOutTime',
} as const

/** The one that is a time, in milliseconds; all others are counts. */
export const TIME_METRIC = 'fanOutMs'
