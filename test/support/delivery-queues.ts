import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import type { Local } from '../../local/index.ts'

/** The developer's own view of the delivery queue and of its dead-letter queue. */
export class DeliveryQueues {
  readonly #client: SQSClient
  readonly #urls: { readonly queue: string; readonly deadLetters: string }

  private constructor(client: SQSClient, urls: { queue: string; deadLetters: string }) {
    this.#client = client
    this.#urls = urls
  }

  static async of(local: Local): Promise<DeliveryQueues> {
    const client = new SQSClient({
      endpoint: local.queuesUrl,
      region: 'us-east-1',
      credentials: local.credentials,
    })
    const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}))
    const isDeadLetters = (url: string): boolean => url.includes('DeadLetter')
    const queue = QueueUrls.find((url) => !isDeadLetters(url))
    const deadLetters = QueueUrls.find(isDeadLetters)
    if (queue === undefined || deadLetters === undefined) throw new Error(QueueUrls.join(', '))
    return new DeliveryQueues(client, { queue, deadLetters })
  }

  /** Jobs that are not done: visible, delayed, or with a worker. */
  waiting(): Promise<number> {
    return this.#count(this.#urls.queue)
  }

  givenUp(): Promise<number> {
    return this.#count(this.#urls.deadLetters)
  }

  /** The bodies of what was given up; they stay where they are. */
  async readGivenUp(): Promise<string[]> {
    const bodies: string[] = []
    for (;;) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#urls.deadLetters,
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 1,
        }),
      )
      if (Messages.length === 0) return bodies
      bodies.push(...Messages.flatMap(({ Body }) => Body ?? []))
    }
  }

  /** Puts back into the delivery queue what was given up. */
  async redrive(): Promise<void> {
    await this.#client.send(
      new StartMessageMoveTaskCommand({
        SourceArn: await this.#arnOf(this.#urls.deadLetters),
        DestinationArn: await this.#arnOf(this.#urls.queue),
      }),
    )
  }

  async #arnOf(QueueUrl: string): Promise<string> {
    const { Attributes } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    )
    return Attributes?.QueueArn ?? ''
  }

  async #count(QueueUrl: string): Promise<number> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    )
    return [
      Attributes.ApproximateNumberOfMessages,
      Attributes.ApproximateNumberOfMessagesNotVisible,
      Attributes.ApproximateNumberOfMessagesDelayed,
    ].reduce((sum, count) => sum + Number(count), 0)
  }
}
