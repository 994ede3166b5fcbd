import type { Duration } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import { FunctionUrlAuthType, type FunctionUrl } from 'aws-cdk-lib/aws-lambda'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { ENVIRONMENT } from './environment.ts'
import { LambdaFunction } from './lambda-function.ts'
import type { LogSettings } from './log-settings.ts'

export interface PublishingSettings {
  /**
   * Whether backends can publish over HTTP too: `POST` to a function URL that asks for IAM's signature,
   * version 4, of service `lambda`. `grantPublishUrl` lets them.
   *
   * @default false
   */
  readonly publishUrl?: boolean
}

/**
 * Lets a backend put messages into the delivery queue. A function is told where that is, by the variable
 * that `publish` of `serverless-switchboard/publish` reads.
 */
export function grantPublish(queue: IQueue, grantee: IGrantable): Grant {
  if (canBeTold(grantee)) grantee.addEnvironment(ENVIRONMENT.publishQueueUrl, queue.queueUrl)
  return queue.grant(grantee, 'sqs:SendMessage')
}

interface Configurable {
  addEnvironment(name: string, value: string): unknown
}

function canBeTold(grantee: IGrantable): grantee is IGrantable & Configurable {
  return 'addEnvironment' in grantee && typeof grantee.addEnvironment === 'function'
}

export interface PublishDoorProps {
  readonly queue: IQueue
  readonly timeout: Duration
  readonly logs: LogSettings
}

/** The HTTP door: the function `publish` behind a URL that asks IAM who comes. */
export class PublishDoor extends Construct {
  readonly handler: LambdaFunction
  readonly url: FunctionUrl

  constructor(scope: Construct, id: string, { queue, timeout, logs }: PublishDoorProps) {
    super(scope, id)
    this.handler = new LambdaFunction(this, 'PublishFunction', {
      name: 'publish',
      environment: { [ENVIRONMENT.deliveryQueueUrl]: queue.queueUrl },
      timeout,
      logs,
    })
    queue.grant(this.handler.function, 'sqs:SendMessage')
    this.url = this.handler.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM })
  }
}
