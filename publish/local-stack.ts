import { SQSClient } from '@aws-sdk/client-sqs'
import * as v from 'valibot'

/** Something is in the way: told in a sentence, without a stack. */
export class PlainError extends Error {
  override readonly name = 'PlainError'
}

/** The output of a stack that names its delivery queue; of several stacks, after one's name and a dot. */
const OUTPUT = /^(?:.+\.)?DeliveryQueueUrl$/

/** The local runtime answers in milliseconds, but what else is on its port may never do. */
const ANSWER_TIMEOUT_MS = 10_000

/** What the local runtime tells a program on its machine. */
const developerSchema = v.object({
  outputs: v.record(v.string(), v.string()),
  credentials: v.object({
    accessKeyId: v.string(),
    secretAccessKey: v.string(),
    sessionToken: v.optional(v.string()),
  }),
  region: v.string(),
  endpoints: v.object({ sqs: v.string() }),
})

export interface LocalStack {
  readonly queueUrl: string
  /** Acts as the developer. */
  readonly client: SQSClient
}

/**
 * Asks the local runtime on this machine for its delivery queue.
 *
 * @throws PlainError when there is none, and what to do
 */
export async function findLocalStack(port: number): Promise<LocalStack> {
  const origin = `http://127.0.0.1:${port}`
  const { outputs, credentials, region, endpoints } = await ask(origin)
  const queues = Object.entries(outputs).filter(([name]) => OUTPUT.test(name))
  const [queue] = queues
  if (!queue || queues.length > 1) {
    const names = Object.keys(queues.length > 1 ? Object.fromEntries(queues) : outputs)
    throw new PlainError(
      `${origin}: expected one stack with an output DeliveryQueueUrl, received the outputs ${names.join(', ') || 'of none'}.`,
    )
  }
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const client = new SQSClient({
    region,
    endpoint: endpoints.sqs,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  })
  return { queueUrl: queue[1], client }
}

async function ask(origin: string): Promise<v.InferOutput<typeof developerSchema>> {
  let response: Response
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS)
    response = await fetch(`${origin}/@console/developer`, { signal })
  } catch {
    throw new PlainError(
      `Nothing answers at ${origin}. Run npm start, or name a queue on AWS: --queue-url.`,
    )
  }
  const body: unknown = await response.json().catch(() => undefined)
  const result = v.safeParse(developerSchema, body)
  if (result.success) return result.output
  throw new PlainError(`What answers at ${origin} is no stack that npm start runs.`)
}
