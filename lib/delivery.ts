import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import {
  MAX_RECEIVE_COUNT,
  resolveSettings,
  VISIBILITY_TIMEOUT_SECONDS,
  WORKER_TIMEOUT_SECONDS,
  type DeliverySettings,
} from './delivery-settings.ts'
import { ENVIRONMENT } from './environment.ts'
import { LambdaFunction } from './lambda-function.ts'
import type { LogSettings } from './log-settings.ts'

export interface DeliveryProps extends DeliverySettings, LogSettings {
  /** Of the worker, without what this construct adds. */
  readonly environment: Readonly<Record<string, string>>
}

/**
 * Delivery to many: a queue of jobs, the function `deliver` that carries them out, and a dead-letter
 * queue for what was given up.
 */
export class Delivery extends Construct {
  readonly queue: Queue
  readonly deadLetterQueue: Queue
  readonly worker: LambdaFunction
  /** What a function needs to know that delivers inline and queues the rest. */
  readonly senderEnvironment: Readonly<Record<string, string>>

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id)
    const settings = resolveSettings(props)
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      retentionPeriod: DEAD_LETTER_RETENTION,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUT_SECONDS),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.senderEnvironment = {
      [ENVIRONMENT.deliveryQueueUrl]: this.queue.queueUrl,
      [ENVIRONMENT.inlineLimit]: String(settings.inlineLimit),
      [ENVIRONMENT.postsPerSecond]: String(settings.postsPerSecond),
    }
    this.worker = new LambdaFunction(this, 'DeliverFunction', {
      name: 'deliver',
      environment: {
        ...props.environment,
        [ENVIRONMENT.deliveryQueueUrl]: this.queue.queueUrl,
        [ENVIRONMENT.deadLetterQueueUrl]: this.deadLetterQueue.queueUrl,
        [ENVIRONMENT.chunkSize]: String(settings.chunkSize),
        [ENVIRONMENT.postsPerSecond]: String(settings.postsPerSecond / settings.maxConcurrency),
      },
      timeout: Duration.seconds(WORKER_TIMEOUT_SECONDS),
      logs: props,
    })
    this.#readQueue(settings.maxConcurrency)
  }

  #readQueue(maxConcurrency: number): void {
    const handler = this.worker.function
    // CDK's SqsEventSource would grant more than Lambda's poller uses.
    this.queue.grant(handler, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes')
    this.queue.grant(handler, 'sqs:SendMessage')
    this.deadLetterQueue.grant(handler, 'sqs:SendMessage')
    const mapping = new EventSourceMapping(this, 'EventSourceMapping', {
      target: handler,
      eventSourceArn: this.queue.queueArn,
      // A chunk is a second's work: in batches, the last ones would wait for few workers.
      batchSize: 1,
      reportBatchItemFailures: true,
      maxConcurrency,
    })
    // Lambda looks at the permission when the mapping is made.
    const grants = handler.role?.node.tryFindChild('DefaultPolicy')
    if (grants) mapping.node.addDependency(grants)
  }
}

/** Long enough for a long weekend. What waits there are messages, and so no longer than needed. */
const DEAD_LETTER_RETENTION = Duration.days(4)
