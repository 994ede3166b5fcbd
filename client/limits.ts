// All in milliseconds, and as plain numbers: so a bundler puts them where they are used.

/**
 * The shortest silence after which a line is asked for a sign of life: 6.5 minutes. API Gateway cuts
 * after ten, and nine pings in an hour, with the connection's first one, are 20 messages.
 */
export const PING_AFTER_MS = 390_000

/** And by how much longer it is at most, drawn anew each time: 8 minutes in all. */
export const PING_SPREAD_MS = 90_000

/** How long a line may take to answer a ping: API Gateway answers by itself, without a Lambda. */
export const ANSWER_WITHIN_MS = 5_000

/** A line that has been silent for so long is asked along with the next message. */
export const SEND_UNPROBED_MS = 60_000

/** API Gateway has ended a connection that was silent for so long. */
export const CUT_AFTER_MS = 600_000

/** How often the clock is looked at: it tells when the machine was asleep. */
export const WATCH_MS = 30_000

/** Longer without any event, and the machine has been asleep: browsers slow timers down to a minute. */
export const ASLEEP_MS = 120_000

/** The least age at which a connection is replaced: 90 minutes. API Gateway ends it at two hours. */
export const RENEW_AFTER_MS = 5_400_000

/** And by how much older it is at most, drawn for each: 115 minutes in all. */
export const RENEW_SPREAD_MS = 1_500_000

/** So long before its token's end a connection is replaced, but not in its first minute. */
export const RENEW_BEFORE_EXPIRY_MS = 60_000

/** How long a replaced connection is kept: what is on its way to it has time to arrive. */
export const DRAIN_MS = 30_000

/** How long a token may be waited for. */
export const TOKEN_WITHIN_MS = 30_000

/** How long a handshake and the first answer may take together. */
export const OPEN_WITHIN_MS = 10_000

/** A connection that was open for so long was a good one: the next loss is a first. */
export const STABLE_AFTER_MS = 30_000

/** So many tries in a row that fail may be the token's fault. */
export const REFUSALS_THAT_TELL = 2

/** API Gateway gives a function 29 seconds. What is not answered by then is sent again. */
export const ACK_WITHIN_MS = 35_000

/** Messages under way at the same time: fewer than the rate limit's default burst of 20. */
export const MOST_UNDER_WAY = 16

/** Ids of messages that are remembered, to tell a second delivery. */
export const REMEMBERED_IDS = 1_000

/** The longest delay before the first try to connect again; it doubles from try to try. */
export const RETRY_BASE_MS = 1_000

/** The longest delay before any. */
export const RETRY_CAP_MS = 30_000
