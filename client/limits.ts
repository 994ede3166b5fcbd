const SECOND = 1_000
const MINUTE = 60 * SECOND

/**
 * The shortest silence after which a line is asked for a sign of life, and the longest. API Gateway
 * cuts after ten minutes, and nine of the shortest in an hour, with the first ping, are 20 messages.
 */
export const PING_AFTER_MS = { shortest: 6.5 * MINUTE, longest: 8 * MINUTE } as const

/** How long a line may take to answer a ping: API Gateway answers by itself, without a Lambda. */
export const ANSWER_WITHIN_MS = 5 * SECOND

/** A line that has been silent for so long is asked along with the next message. */
export const SEND_UNPROBED_MS = MINUTE

/** API Gateway has ended a connection that was silent for so long. */
export const CUT_AFTER_MS = 10 * MINUTE

/** How often the clock is looked at: it tells when the machine was asleep. */
export const WATCH_MS = 30 * SECOND

/** Longer without any event, and the machine has been asleep: browsers slow timers down to a minute. */
export const ASLEEP_MS = 2 * MINUTE

/** The age at which a connection is replaced, drawn anew for each; API Gateway ends it at two hours. */
export const RENEW_AFTER_MS = { shortest: 90 * MINUTE, longest: 115 * MINUTE } as const

/** So long before its token's end a connection is replaced, but not in its first minute. */
export const RENEW_BEFORE_EXPIRY_MS = MINUTE

/** How long a replaced connection is kept: what is on its way to it has time to arrive. */
export const DRAIN_MS = 30 * SECOND

/** How long a token may be waited for. */
export const TOKEN_WITHIN_MS = 30 * SECOND

/** How long a handshake and the first answer may take together. */
export const OPEN_WITHIN_MS = 10 * SECOND

/** A connection that was open for so long was a good one: the next loss is a first. */
export const STABLE_AFTER_MS = 30 * SECOND

/** So many tries in a row that fail may be the token's fault. */
export const REFUSALS_THAT_TELL = 2

/** API Gateway gives a function 29 seconds. What is not answered by then is sent again. */
export const ACK_WITHIN_MS = 35 * SECOND

/** Messages under way at the same time: fewer than the rate limit's default burst of 20. */
export const MOST_UNDER_WAY = 16

/** Ids of messages that are remembered, to tell a second delivery. */
export const REMEMBERED_IDS = 1_000

/** The delays between two tries to connect, by full jitter. */
export const RETRY_MS = { base: SECOND, cap: 30 * SECOND } as const
