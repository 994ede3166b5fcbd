/** What a simulated account on AWS is like. Shares are of 1. */
export interface Conditions {
  /** Requests a second that all of an account shares, and how many at once. */
  readonly quotaPerSecond: number
  readonly quotaBurst: number
  /** Median time to an answer of @connections, and how far it spreads (the sigma of a lognormal). */
  readonly postMs: number
  readonly postSpread: number
  /** CPU time that a worker needs for a post, with the memory that it has. */
  readonly postCpuMs: number
  /** Time to an answer of SQS, and from a message that is there to the invocation with it. */
  readonly queueMs: number
  readonly pollMs: number
  /** Time to a page of 1 MB of ids, read and decoded. */
  readonly pageMs: number
  readonly coldStartMs: number
  /** Posts that are answered with 429 without need, and with 500. */
  readonly throttled: number
  readonly unavailable: number
  /** Posts whose line is lost: before the message was taken, or as often after it. */
  readonly reset: number
  /** Recipients that have left and are listed still. */
  readonly gone: number
  /** Recipients that read nothing for so long, and are answered with 429 until then. */
  readonly slow: number
  readonly slowSeconds: number
  /** Invocations that are killed midway. */
  readonly killed: number
  /** Jobs that the queue delivers twice. */
  readonly duplicated: number
}

/**
 * A default account on a good day. The times are assumptions, on the slow side: nobody has measured
 * them on AWS for this project. The quota is the default one of most regions.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export const GOOD_DAY: Conditions = {
  quotaPerSecond: 10_000,
  quotaBurst: 5_000,
  postMs: 15,
  postSpread: 0.5,
  postCpuMs: 0.25,
  queueMs: 10,
  pollMs: 25,
  pageMs: 150,
  coldStartMs: 250,
  throttled: 0,
  unavailable: 0,
  reset: 0,
  gone: 0,
  slow: 0,
  slowSeconds: 600,
  killed: 0,
  duplicated: 0,
}

/** What happens at this size every day: somebody has left, a line is lost, a server fails. */
export const USUAL_DAY: Conditions = {
  ...GOOD_DAY,
  unavailable: 0.001,
  reset: 0.001,
  gone: 0.01,
  duplicated: 0.001,
}

/** What everything must outlive. */
export const BAD_DAY: Conditions = {
  ...GOOD_DAY,
  throttled: 0.2,
  unavailable: 0.05,
  reset: 0.01,
  gone: 0.01,
  killed: 0.1,
  duplicated: 0.05,
}
