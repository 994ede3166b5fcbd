import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import { Alarm, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { ENVIRONMENT } from './environment.ts'
import { LambdaFunction, type LambdaFunctionProps } from './lambda-function.ts'

export interface DeliverySettings {
  /**
   * The most recipients that a message is pushed to before its sender is answered with how many got
   * it: 0 to 10,000. With more, the delivery goes on behind a queue.
   *
   * @default 1,000 - at 8,000 posts a second the sender waits for an eighth of a second and more
   */
  readonly inlineLimit?: number

  /**
   * Recipients in one job of the queue: 1 to 10,000, and no more than a worker reaches in 20 seconds.
   *
   * @default 1,000 - a second's work, so that little is sent twice when a worker dies
   */
  readonly chunkSize?: number

  /**
   * How many workers push at the same time: 2 to 1,000. Each has the same share of the rate.
   *
   * @default 10
   */
  readonly maxConcurrency?: number

  /**
   * Pushes a second of all workers together. It shares the account's quota of 10,000 requests a
   * second with what clients send and with their connecting: ask AWS for a higher quota first.
   *
   * @default 8,000 - 80 % of the default quota
   */
  readonly postsPerSecond?: number
}

export interface DeliveryProps extends DeliverySettings {
  /** Of the worker, without what this construct adds. */
  readonly environment: Readonly<Record<string, string>>
  readonly logRetention?: LambdaFunctionProps['logRetention']
}

/**
 * Delivery to many: a queue of jobs, the function `deliver` that carries them out, and a dead-letter
 * queue with an alarm for what was given up.
 */
export class Delivery extends Construct {
  readonly queue: Queue
  readonly deadLetterQueue: Queue
  readonly deadLetterAlarm: Alarm
  readonly worker: LambdaFunction
  /** What a function needs to know that delivers inline and queues the rest. */
  readonly senderEnvironment: Readonly<Record<string, string>>

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id)
    const settings = checked(props)
    this.deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      retentionPeriod: DEAD_LETTER_RETENTION,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.queue = new Queue(this, 'Queue', {
      visibilityTimeout: VISIBILITY_TIMEOUT,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    this.deadLetterAlarm = this.deadLetterQueue
      .metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1) })
      .createAlarm(this, 'DeadLetterAlarm', {
        alarmDescription:
          'Messages were given up for some recipients. They wait in the dead-letter queue.',
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      })
    this.senderEnvironment = {
      [ENVIRONMENT.deliveryQueueUrl]: this.queue.queueUrl,
      [ENVIRONMENT.inlineLimit]: String(settings.inlineLimit),
      [ENVIRONMENT.postsPerSecond]: String(settings.postsPerSecond),
    }
    this.worker = new LambdaFunction(this, 'Function', {
      name: 'deliver',
      environment: {
        ...props.environment,
        [ENVIRONMENT.deliveryQueueUrl]: this.queue.queueUrl,
        [ENVIRONMENT.deadLetterQueueUrl]: this.deadLetterQueue.queueUrl,
        [ENVIRONMENT.chunkSize]: String(settings.chunkSize),
        [ENVIRONMENT.postsPerSecond]: String(settings.postsPerSecond / settings.maxConcurrency),
      },
      timeout: WORKER_TIMEOUT,
      logRetention: props.logRetention,
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

/** An audience of some millions is read in such parts, and a chunk is done in a tenth of it. */
const WORKER_TIMEOUT = Duration.seconds(30)

/**
 * Six times the function's timeout, as AWS advises. A job whose worker has died comes back then.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_TIMEOUT = Duration.seconds(6 * 30)

/** Of a job whose worker dies or that the table or the queue fails; AWS advises 5 at the least. */
const MAX_RECEIVE_COUNT = 5

/** Long enough for a long weekend. What waits there are messages, and so no longer than needed. */
const DEAD_LETTER_RETENTION = Duration.days(4)

/** Longest that a worker may need for a chunk at its rate: its timeout without what it keeps back. */
const MAX_CHUNK_SECONDS = 20

/** @throws when a setting is not what its description says */
function checked(settings: DeliverySettings): Required<DeliverySettings> {
  const { inlineLimit = 1_000, chunkSize = 1_000, maxConcurrency = 10 } = settings
  const { postsPerSecond = 8_000 } = settings
  mustBeWithin('inlineLimit', inlineLimit, 0, 10_000)
  mustBeWithin('maxConcurrency', maxConcurrency, 2, 1_000)
  mustBeWithin('postsPerSecond', postsPerSecond, maxConcurrency, 1_000_000)
  const perWorker = Math.floor((postsPerSecond / maxConcurrency) * MAX_CHUNK_SECONDS)
  mustBeWithin('chunkSize', chunkSize, 1, Math.min(10_000, perWorker))
  return { inlineLimit, chunkSize, maxConcurrency, postsPerSecond }
}

function mustBeWithin(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`${name}: expected a whole number from ${least} to ${most}, got ${value}`)
}
