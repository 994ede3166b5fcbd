import * as v from 'valibot'
import { AssemblyError } from '../errors.ts'

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const milliseconds = v.pipe(v.number(), v.minValue(0))

/** When a rule strikes: of what it fits, at all of it if nothing else is said. */
const occasion = {
  /** How likely, 0 to 1, each by itself. */
  probability: v.optional(share),
  /** The first, the third … that the rule fits, counted from 1. */
  at: v.optional(v.array(count)),
  /** How often at most. */
  times: v.optional(count),
}

const range = v.pipe(
  v.tuple([milliseconds, milliseconds]),
  v.check(([shortest, longest]) => shortest <= longest, 'expected the shorter time first'),
)
const latencyMs = v.optional(v.union([milliseconds, range]))

/** `@connections` is called by its verbs, whatever the SDK calls its commands. */
const VERBS: ReadonlySet<string> = new Set(['POST', 'GET', 'DELETE'])

/** A rule that lets nothing go wrong would be taken for one that does. */
const nothing = (...effects: string[]): string => `lets nothing go wrong: ${effects.join(', ')}`

const callObject = v.strictObject({
  on: v.picklist(['connections', 'dynamodb', 'sqs']),
  /** Such as `POST`, `PutItem` or `SendMessageBatch`. */
  operation: v.optional(v.string()),
  ...occasion,
  /** Answers with this status and does nothing. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
  /** The error's type, such as `ThrottlingException`; one that suits the status if not given. */
  error: v.optional(v.string()),
  /** Waits first; a pair is a range. */
  latencyMs,
  /** Drops the line: before the call is carried out, or after it, so that only its answer is lost. */
  reset: v.optional(v.picklist(['before', 'after'])),
  /** Of a batch's entries, the share that fails. */
  partial: v.optional(share),
})
const callSchema = v.pipe(
  callObject,
  v.check(
    ({ status, latencyMs: latency, reset, partial }) =>
      [status, latency, reset, partial].some((effect) => effect !== undefined),
    nothing('status', 'latencyMs', 'reset', 'partial'),
  ),
  v.check(
    ({ error, status }) => error === undefined || status !== undefined,
    'error is the type of an answer with a status, and there is none',
  ),
  v.check(
    ({ status, reset }) => status === undefined || reset === undefined,
    'either an answer with a status or a reset',
  ),
  v.check(
    ({ on, partial }) => partial === undefined || on !== 'connections',
    'partial is for batches, and @connections has none',
  ),
  v.check(
    ({ on, operation = 'POST' }) => on !== 'connections' || VERBS.has(operation),
    'an operation of connections is POST, GET or DELETE',
  ),
)

const disconnectSchema = v.strictObject({
  on: v.literal('disconnect'),
  ...occasion,
  /** `$disconnect` never runs. */
  lose: v.literal(true),
})

const queueObject = v.strictObject({
  on: v.literal('queue'),
  /** The queue's name, with `*` and `?`. */
  queue: v.optional(v.string()),
  ...occasion,
  /** The message is delivered once more. */
  duplicate: v.optional(v.literal(true)),
  /** The message is delivered out of its order. */
  reorder: v.optional(v.literal(true)),
})
const queueSchema = v.pipe(
  queueObject,
  v.check(
    ({ duplicate, reorder }) => duplicate === true || reorder === true,
    nothing('duplicate', 'reorder'),
  ),
)

const functionObject = v.strictObject({
  on: v.literal('function'),
  /** The function's name or logical id, with `*` and `?`. */
  function: v.optional(v.string()),
  ...occasion,
  /** Waits before the handler runs. */
  latencyMs,
  /** Fails instead of running, with this message. */
  error: v.optional(v.string()),
  /** Ends the execution environment midway: some time, or some calls, into the invocation. */
  kill: v.optional(
    v.union([v.strictObject({ afterMs: milliseconds }), v.strictObject({ afterCalls: count })]),
  ),
})
const functionSchema = v.pipe(
  functionObject,
  v.check(
    ({ latencyMs: latency, error, kill }) =>
      [latency, error, kill].some((effect) => effect !== undefined),
    nothing('latencyMs', 'error', 'kill'),
  ),
)

const ruleSchema = v.variant('on', [callSchema, disconnectSchema, queueSchema, functionSchema])

const faultsSchema = v.strictObject({
  /** Decides everything that is left to chance. */
  seed: v.optional(v.pipe(v.number(), v.integer()), 1),
  rules: v.array(ruleSchema),
})

export type CallRule = v.InferOutput<typeof callSchema>
export type DisconnectRule = v.InferOutput<typeof disconnectSchema>
export type QueueRule = v.InferOutput<typeof queueSchema>
export type FunctionRule = v.InferOutput<typeof functionSchema>
export type Occasion = Pick<CallRule, 'probability' | 'at' | 'times'>
/** What shall go wrong: rules, and a seed for what they leave to chance. */
export type FaultPlan = v.InferInput<typeof faultsSchema>

/**
 * Checks a plan of faults.
 *
 * @param where what to call it in a message, such as its file
 * @throws AssemblyError naming what is wrong in it
 */
export function readFaults(plan: unknown, where = 'faults'): v.InferOutput<typeof faultsSchema> {
  const result = v.safeParse(faultsSchema, plan)
  if (result.success) return result.output
  throw new AssemblyError(`${where}:\n${v.summarize(result.issues)}`)
}
