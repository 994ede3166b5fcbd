import { Queue, type QueueProps } from './queue.ts'
import type { QueueDefinition } from '../template/sqs.ts'

/** All queues, each with the one that takes what it gives up. */
export class Queues {
  readonly #byArn: ReadonlyMap<string, Queue>

  constructor(
    definitions: readonly QueueDefinition[],
    props: Omit<QueueProps, 'definition' | 'deadLetterQueue'>,
  ) {
    this.#byArn = new Map(
      definitions.map((definition) => {
        const { queueArn, redrive } = definition
        const deadLetterQueue = () => this.#byArn.get(redrive?.deadLetterQueueArn ?? '')
        return [queueArn, new Queue({ ...props, definition, deadLetterQueue })]
      }),
    )
  }

  get(queueArn: string): Queue | undefined {
    return this.#byArn.get(queueArn)
  }

  get all(): readonly Queue[] {
    return [...this.#byArn.values()]
  }
}
