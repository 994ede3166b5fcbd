/** https://aws.amazon.com/sqs/pricing/: each 64 KB of a payload is billed as one request. */
const REQUEST_BYTES = 64 * 1024

/** How many requests AWS bills for one that carries so much, either way. */
export function billedRequests(payloadBytes: number): number {
  return Math.max(1, Math.ceil(payloadBytes / REQUEST_BYTES))
}
