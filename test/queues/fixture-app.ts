import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App, Duration, Stack } from 'aws-cdk-lib'
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'
import { CfnFunction, Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda'
import { SqsEventSource, type SqsEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Queue, type QueueProps } from 'aws-cdk-lib/aws-sqs'
import { onTestFinished } from 'vitest'
import { startLocal, type Local, type StartLocalOptions } from '../../local/index.ts'
import { ROOT } from '../support/root.ts'

/** How long a function and its queue give a batch. */
export const TIMEOUT_SECONDS = 20
export const VISIBILITY_TIMEOUT_SECONDS = 60

/**
 * Synthesizes a WebSocket app whose messages become jobs in a queue, which a function of each queue
 * carries out: with what CDK's own constructs make of queues, policies, grants and event sources.
 *
 * @returns the assembly's folder, and what removes it
 */
export function synthesizeFixture(): [assembly: string, remove: () => void] {
  // Inside the project, so that the functions find its node_modules.
  const cache = join(ROOT, 'node_modules', '.cache')
  mkdirSync(cache, { recursive: true })
  const directory = mkdtempSync(join(cache, 'queues-'))
  const app = new App({ outdir: directory })
  const stack = new Stack(app, 'Queues')
  const send = lambda(stack, 'Send', 'send')
  const api = new WebSocketApi(stack, 'Api', {
    defaultRouteOptions: {
      integration: new WebSocketLambdaIntegration('Integration', send),
      returnResponse: true,
    },
  })
  const stage = new WebSocketStage(stack, 'Stage', {
    webSocketApi: api,
    stageName: 'test',
    autoDeploy: true,
  })
  const deadLetters = new Queue(stack, 'DeadLetters', { enforceSSL: true })
  const add = (id: string, queueProps: QueueProps, sourceProps: SqsEventSourceProps): void => {
    const queue = new Queue(stack, id, {
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUT_SECONDS),
      ...queueProps,
    })
    const work = lambda(stack, `Work${id}`, 'work')
    work.addEnvironment('CALLBACK_URL', stage.callbackUrl)
    work.addEventSource(new SqsEventSource(queue, sourceProps))
    stage.grantManagementApiAccess(work)
    queue.grantSendMessages(send)
    send.addEnvironment(`${id.toUpperCase()}_URL`, queue.queueUrl)
  }
  add(
    'Jobs',
    { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 3 } },
    { reportBatchItemFailures: true },
  )
  addLoop(stack, 'Loop', { deadLetterQueue: { queue: deadLetters, maxReceiveCount: 2 } })
  addLoop(stack, 'Endless', {}).addPropertyOverride('RecursiveLoop', 'Allow')
  add('Pair', {}, { batchSize: 1, maxConcurrency: 2 })
  add('Window', {}, { batchSize: 20, maxBatchingWindow: Duration.seconds(30) })
  app.synth()
  return [directory, () => rmSync(directory, { recursive: true, force: true })]
}

/** Runs an assembly until the test is over. */
export async function start(options: StartLocalOptions): Promise<Local> {
  const local = await startLocal(options)
  onTestFinished(() => local.close())
  return local
}

/** A queue, and a function that sends on to it what it receives from it. */
function addLoop(stack: Stack, id: string, queueProps: QueueProps): CfnFunction {
  const visibilityTimeout = Duration.seconds(VISIBILITY_TIMEOUT_SECONDS)
  const queue = new Queue(stack, id, { visibilityTimeout, ...queueProps })
  const work = lambda(stack, `Work${id}`, 'loop')
  work.addEnvironment('QUEUE_URL', queue.queueUrl)
  work.addEventSource(new SqsEventSource(queue))
  queue.grantSendMessages(work)
  const resource = work.node.defaultChild
  if (!(resource instanceof CfnFunction)) throw new Error('no function')
  return resource
}

function lambda(stack: Stack, id: string, file: string): Function {
  return new Function(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    code: Code.fromAsset(fileURLToPath(new URL('handlers', import.meta.url))),
    handler: `${file}.handler`,
    timeout: Duration.seconds(TIMEOUT_SECONDS),
  })
}
