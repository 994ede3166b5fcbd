import type { SQSBatchItemFailure, SQSHandler } from 'aws-lambda'
import { ENVIRONMENT } from '../lib/environment.ts'
import { deadLetterQueue } from './adapters/clients.ts'
import { Delivery } from './adapters/delivery.ts'
import { numberFrom } from './adapters/environment.ts'
import { deliver, type DeliverDeps } from './core/deliver.ts'
import { readJob } from './core/job.ts'

class JobDelivery extends Delivery implements DeliverDeps {
  readonly deadLetterQueue = deadLetterQueue()
  readonly chunkSize = numberFrom(ENVIRONMENT.chunkSize)
}

const deps = new JobDelivery()

/** Carries out the jobs of the delivery queue. One that fails comes back alone, after a while. */
export const handler: SQSHandler = async (event, context) => {
  const batchItemFailures: SQSBatchItemFailure[] = []
  for (const { messageId, body } of event.Records) {
    try {
      const job = readJob(body)
      if (job) await deliver(job, deps.deadlineOf(context), deps)
      else await refuse(body)
    } catch (error) {
      deps.report('job_failed', error)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  deps.endInvocation()
  return { batchItemFailures }
}

/** What is no job today is none the next time either. */
async function refuse(body: string): Promise<void> {
  await deps.deadLetterQueue.send([body])
  deps.report('bad_job', new SyntaxError())
}
