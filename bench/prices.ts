/**
 * List prices in US dollars, region us-east-1, first tier, without a free tier, as of November 2026.
 * Look them up before quoting them:
 * https://aws.amazon.com/api-gateway/pricing/ (WebSocket APIs)
 * https://aws.amazon.com/dynamodb/pricing/on-demand/ (standard table class)
 * https://aws.amazon.com/lambda/pricing/ (arm64)
 * https://aws.amazon.com/sqs/pricing/ (standard queues)
 */
export const PRICES = {
  /** In either direction, in units of {@link MESSAGE_UNIT_BYTES}. */
  perMillionMessages: 1,
  perMillionConnectionMinutes: 0.25,
  /** DynamoDB on demand, write request units of 1 KB. */
  perMillionWriteUnits: 0.625,
  /** DynamoDB on demand, read request units of 4 KB; half of one when eventually consistent. */
  perMillionReadUnits: 0.125,
  perMillionInvocations: 0.2,
  /** Lambda's memory and time. */
  perGigabyteSecond: 0.000_013_333_4,
  /** In units of 64 KB. */
  perMillionQueueRequests: 0.4,
} as const

/** What API Gateway meters a message by. */
const MESSAGE_UNIT_BYTES = 32 * 1024

/** How many messages API Gateway bills for one of so many bytes. */
export function messageUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / MESSAGE_UNIT_BYTES))
}

/** What AWS bills, apart from connection minutes. */
export interface Operations {
  readonly messages: number
  readonly invocations: number
  readonly gigabyteSeconds: number
  readonly readUnits: number
  readonly writeUnits: number
  readonly queueRequests: number
}

export const NO_OPERATIONS: Operations = {
  messages: 0,
  invocations: 0,
  gigabyteSeconds: 0,
  readUnits: 0,
  writeUnits: 0,
  queueRequests: 0,
}

export function dollars(operations: Operations): number {
  const { messages, invocations, gigabyteSeconds, readUnits, writeUnits, queueRequests } =
    operations
  const millionths =
    messages * PRICES.perMillionMessages +
    invocations * PRICES.perMillionInvocations +
    readUnits * PRICES.perMillionReadUnits +
    writeUnits * PRICES.perMillionWriteUnits +
    queueRequests * PRICES.perMillionQueueRequests
  return millionths / 1e6 + gigabyteSeconds * PRICES.perGigabyteSecond
}
