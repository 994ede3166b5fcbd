import type { SQSBatchItemFailure, SQSHandler, SQSRecord } from 'aws-lambda'
import { ENVIRONMENT } from '../lib/environment.ts'
import { deadLetterQueue } from './adapters/clients.ts'
import { Delivery } from './adapters/delivery.ts'
import { numberFrom } from './adapters/environment.ts'
import { deliver, type DeliverDeps } from './core/deliver.ts'
import { ProtocolError } from './core/errors.ts'
import { readJob, type Job } from './core/job.ts'
import { parsePublication, toJob } from './core/publication.ts'

class JobDelivery extends Delivery implements DeliverDeps {
  readonly deadLetterQueue = deadLetterQueue()
  readonly chunkSize = numberFrom(ENVIRONMENT.chunkSize)
}

const deps = new JobDelivery()

/** Carries out the jobs of the delivery queue. One that fails comes back alone, after a while. */
export const handler: SQSHandler = async (event, context) => {
  const batchItemFailures: SQSBatchItemFailure[] = []
  for (const record of event.Records) {
    try {
      const job = readJob(record.body) ?? readPublication(record)
      if (job) await deliver(job, deps.deadlineOf(context), deps)
      else await refuse(record.body)
    } catch (error) {
      deps.report('job_failed', error)
      batchItemFailures.push({ itemIdentifier: record.messageId })
    }
  }
  deps.endInvocation()
  return { batchItemFailures }
}

/** Undefined when it is none. What was wrong is the backend's to find out before it publishes. */
function readPublication({ messageId, body, attributes }: SQSRecord): Job | undefined {
  const received = { messageId, sentMs: Number(attributes.SentTimestamp) }
  try {
    const job = toJob(parsePublication(JSON.parse(body)), received, deps.groups)
    deps.measure({ published: 1 })
    return job
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ProtocolError) return undefined
    throw error
  }
}

/** What is no job today is none the next time either. */
async function refuse(body: string): Promise<void> {
  await deps.deadLetterQueue.send([body])
  deps.report('bad_job', new SyntaxError())
}
