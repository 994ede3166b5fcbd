import * as v from 'valibot'
import type { Audience } from './audience.ts'

/**
 * What stands in the delivery queue: a frame to be pushed to an audience, which is read page by page
 * and cut into chunks, or to a chunk of it. A job may be written by hand.
 */
export type Job = AudienceJob | ChunkJob

interface AnyJob {
  readonly frame: string
  /** When the message came from its sender, in milliseconds since 1970: for the metrics alone. */
  readonly sinceMs?: number | undefined
}

export interface AudienceJob extends AnyJob {
  readonly audience: Audience
  /** A connectionId that is left out. */
  readonly except?: string | undefined
  /** Where to read on in the audience; absent: from its beginning. */
  readonly after?: string | undefined
  /** How many jobs have read a part of this audience before this one. */
  readonly part?: number | undefined
}

export interface ChunkJob extends AnyJob {
  readonly connectionIds: readonly string[]
  /** How often these have been tried in vain. */
  readonly attempt?: number | undefined
}

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))
const text = v.pipe(v.string(), v.minLength(1))

const schema = v.union([
  v.strictObject({
    frame: v.string(),
    sinceMs: count,
    audience: v.union([v.literal('everyone'), v.strictObject({ group: text })]),
    except: v.optional(text),
    after: v.optional(text),
    part: count,
  }),
  v.strictObject({
    frame: v.string(),
    sinceMs: count,
    connectionIds: v.array(text),
    attempt: count,
  }),
])

/** Two characters that JSON may hold as they are, and a message of SQS may not. */
const NOT_IN_SQS = /[\uFFFE\uFFFF]/g

export function writeJob(job: Job): string {
  return toSqsText(job)
}

/** JSON that a message of SQS may hold. */
export function toSqsText(value: object): string {
  return JSON.stringify(value).replace(NOT_IN_SQS, (character) =>
    character === '\uFFFE' ? '\\ufffe' : '\\uffff',
  )
}

/** Reads a queue message's body; undefined when it is no job. */
export function readJob(body: string): Job | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(body))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}
