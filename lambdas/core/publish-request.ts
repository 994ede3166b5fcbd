import type { ErrorCode } from '../../protocol/messages.ts'
import type { Queue } from './delivery.ts'
import { ProtocolError } from './errors.ts'
import { toSqsText } from './job.ts'
import { parsePublication } from './publication.ts'

/** What the HTTP door needs from the outside. */
export interface PublishDeps {
  readonly queue: Queue
  /** A new id, unique for ever. */
  newMessageId(): string
  /** Notes a failure in the log, without a word of what was published. */
  report(event: string, error: unknown): void
}

/** What a backend hears. */
export type PublishAnswer =
  /** It is in the queue; `id` is the message's. */
  { readonly id: string } | { readonly code: ErrorCode; readonly message: string }

/**
 * Puts a publication into the delivery queue.
 *
 * @param body the publication as JSON: see `Publication`
 * @returns 202, or 400, 405, 413 or 500 with an error. It never rejects.
 */
export async function publishRequest(
  method: string,
  body: string,
  deps: PublishDeps,
): Promise<{ readonly status: number; readonly answer: PublishAnswer }> {
  try {
    if (method !== 'POST') {
      return refusal(405, new ProtocolError('BAD_MESSAGE', `expected POST, received ${method}`))
    }
    const publication = parsePublication(parseJson(body))
    const id = publication.id ?? deps.newMessageId()
    await deps.queue.send([toSqsText({ ...publication, id })])
    return { status: 202, answer: { id } }
  } catch (error) {
    if (error instanceof ProtocolError)
      return refusal(error.code === 'TOO_LARGE' ? 413 : 400, error)
    deps.report('publish_failed', error)
    const message = 'something failed on our side; try again, with the same id'
    return refusal(500, new ProtocolError('INTERNAL', message))
  }
}

function refusal(status: number, { code, message }: ProtocolError) {
  return { status, answer: { code, message } }
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new ProtocolError(
      'BAD_MESSAGE',
      'not JSON: expected an object such as {"to":"everyone","data":"hi"}',
    )
  }
}
