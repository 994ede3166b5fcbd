import * as v from 'valibot'

const count = v.number()

/** What a push carries when it is ours. */
const payloadSchema = v.object({
  /** Of the run: another one may be under way on the same stage. */
  load: v.string(),
  sentAt: v.number(),
})

const frameSchema = v.union([
  v.object({ type: v.literal('message'), data: v.unknown() }),
  v.object({ type: v.literal('ack'), re: v.optional(v.string()), queued: v.literal(true) }),
  v.object({
    type: v.literal('ack'),
    re: v.optional(v.string()),
    sent: count,
    gone: count,
    failed: count,
    queued: v.optional(v.undefined()),
  }),
  v.object({ type: v.literal('pong'), connectionId: v.string() }),
  v.object({ type: v.literal('error'), re: v.optional(v.string()), code: v.string() }),
  // API Gateway's own, which says nothing of the message that it answers.
  v.object({ type: v.optional(v.undefined()), message: v.string() }),
])

export type ServerFrame = v.InferOutput<typeof frameSchema>

/** Undefined for what the protocol does not have. */
export function readFrame(text: string): ServerFrame | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const result = v.safeParse(frameSchema, value)
  return result.success ? result.output : undefined
}

/** When a push was sent, by this process's clock; undefined when it is another's. */
export function sentAt(data: unknown, load: string): number | undefined {
  const result = v.safeParse(payloadSchema, data)
  return result.success && result.output.load === load ? result.output.sentAt : undefined
}
