import { decide } from '../../../local/access/policy.ts'
import { requestContext } from '../../../local/access/request-context.ts'
import { Account } from '../../../local/template/account.ts'
import { describe, expect, it } from 'vitest'
import { AssemblyError, UnsupportedError } from '../../../local/errors.ts'
import { readApp, type App } from '../../../local/template/read-app.ts'
import { assemblyOf, CHAT, type ResourceInput } from '../../support/assembly.ts'

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:Chat-Queue'
const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/000000000000/Chat-Queue'
const HANDLER_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:Chat-Handler'

describe('a queue', () => {
  it("has AWS's defaults for what is not said", () => {
    expect(read({ Queue: queue() }).queues).toEqual([
      {
        queueName: 'Chat-Queue',
        queueArn: QUEUE_ARN,
        queueUrl: QUEUE_URL,
        visibilityTimeoutSeconds: 30,
        delaySeconds: 0,
        retentionSeconds: 345_600,
        maximumMessageBytes: 1_048_576,
        receiveWaitSeconds: 0,
        redrive: undefined,
        policy: [],
      },
    ])
  })

  it('is as the template says', () => {
    const properties = {
      QueueName: 'jobs',
      VisibilityTimeout: 60,
      // A parameter's default may be a text.
      DelaySeconds: '1',
      MessageRetentionPeriod: 120,
      MaximumMessageSize: 2_048,
      ReceiveMessageWaitTimeSeconds: 20,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] },
        maxReceiveCount: 3,
      },
      SqsManagedSseEnabled: true,
    }
    const [jobs] = read({ Queue: queue(properties), Dead: queue() }).queues
    expect(jobs).toMatchObject({
      queueName: 'jobs',
      visibilityTimeoutSeconds: 60,
      delaySeconds: 1,
      retentionSeconds: 120,
      maximumMessageBytes: 2_048,
      receiveWaitSeconds: 20,
      redrive: {
        deadLetterQueueArn: 'arn:aws:sqs:us-east-1:000000000000:Chat-Dead',
        maxReceiveCount: 3,
      },
    })
  })

  it('gives its URL, ARN and name to those who refer to it', () => {
    const get = (attribute: string) => ({ Value: { 'Fn::GetAtt': ['Queue', attribute] } })
    const Outputs = {
      ref: { Value: { Ref: 'Queue' } },
      arn: get('Arn'),
      name: get('QueueName'),
      url: get('QueueUrl'),
    }
    const { outputs } = readApp(assemblyOf({ ...CHAT, Queue: queue() }, { Outputs }))
    expect(outputs).toEqual({ ref: QUEUE_URL, arn: QUEUE_ARN, name: 'Chat-Queue', url: QUEUE_URL })
  })

  it('has a name of 80 characters at most, whatever its logical id', () => {
    const [long] = read({ [`Q${'x'.repeat(90)}`]: queue() }).queues
    expect(long?.queueName).toMatch(/^Chat-Qx+-[a-z0-9]{10}$/)
    expect(long?.queueName).toHaveLength(80)
  })

  it.each<[string, Record<string, unknown>]>([
    ['FifoQueue', { FifoQueue: true }],
    ['ContentBasedDeduplication', { ContentBasedDeduplication: true }],
    ['QueueName', { QueueName: 'jobs.fifo' }],
    ['QueueName', { QueueName: 'x'.repeat(81) }],
    ['VisibilityTimeout', { VisibilityTimeout: 43_201 }],
    ['DelaySeconds', { DelaySeconds: 901 }],
    ['MessageRetentionPeriod', { MessageRetentionPeriod: 59 }],
    ['MaximumMessageSize', { MaximumMessageSize: 1_048_577 }],
    ['ReceiveMessageWaitTimeSeconds', { ReceiveMessageWaitTimeSeconds: 21 }],
    ['RedrivePolicy', { RedrivePolicy: redrive('arn:aws:sqs:us-east-1:000000000000:other') }],
    ['RedrivePolicy', { RedrivePolicy: redrive(QUEUE_ARN) }],
  ])('stops with a %s that is not supported', (name, properties) => {
    const act = () => read({ Queue: queue(properties) })
    expect(act).toThrowError(UnsupportedError)
    expect(act).toThrowError(expect.objectContaining({ path: at('Queue', name) }))
  })

  it.each([
    [{ redrivePermission: 'denyAll' }, false],
    [{ redrivePermission: 'allowAll' }, true],
    [{ redrivePermission: 'byQueue', sourceQueueArns: [`${QUEUE_ARN}2`] }, false],
    [{ redrivePermission: 'byQueue', sourceQueueArns: [QUEUE_ARN] }, true],
  ])('gives up messages as the other queue allows it: %o %s', (RedriveAllowPolicy, allowed) => {
    const RedrivePolicy = redrive('arn:aws:sqs:us-east-1:000000000000:Chat-Dead')
    const act = () => read({ Queue: queue({ RedrivePolicy }), Dead: queue({ RedriveAllowPolicy }) })
    if (allowed) expect(act).not.toThrow()
    else expect(act).toThrowError(/does not take messages of this queue/)
  })
})

describe('the policy of a queue', () => {
  const SEND = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QUEUE_ARN, Principal: '*' }

  it('names who it is for', () => {
    const account = 'arn:aws:iam::111122223333:root'
    expect(
      policyOf(
        SEND,
        { ...SEND, Principal: { AWS: ['arn:a', '111122223333'] } },
        { ...SEND, Principal: { Service: 'sns.amazonaws.com' } },
      ),
    ).toEqual([['*'], ['arn:a', account]])
  })

  it('may let a service send on any condition: none calls here', () => {
    const Condition = { ArnEquals: { 'aws:SourceArn': 'arn:topic' } }
    const topic = { ...SEND, Principal: { Service: 'sns.amazonaws.com' }, Condition }
    expect(policyOf(topic, SEND)).toEqual([['*']])
    expect(() => policyOf({ ...topic, Principal: { ...topic.Principal, AWS: '*' } })).toThrowError(
      /aws:SourceArn is not supported locally/,
    )
  })

  it.each([
    [false, 'implicitDeny'],
    ['false', 'implicitDeny'],
    [true, 'explicitDeny'],
    ['true', 'explicitDeny'],
  ])('takes every call for one over TLS: aws:SecureTransport %s', (value, decision) => {
    const Condition = { Bool: { 'aws:SecureTransport': value } }
    const Policy = policy({ ...SEND, Effect: 'Deny', Condition })
    const statements = read({ Queue: queue(), Policy }).queues[0]?.policy ?? []
    const context = requestContext('arn:aws:iam::000000000000:user/x', new Account(), 0)
    const found = statements.map(({ statement }) => statement)
    expect(decide(found, 'sqs:SendMessage', QUEUE_ARN, context)).toBe(decision)
  })

  it.each<[string, Record<string, unknown>]>([
    [
      'Condition/ArnLike/aws:SourceArn',
      { ...SEND, Condition: { ArnLike: { 'aws:SourceArn': 'arn:x' } } },
    ],
    ['NotPrincipal', { ...SEND, NotPrincipal: '*' }],
    ['Action', { ...SEND, NotAction: 'sqs:*' }],
    ['Resource', { ...SEND, Resource: undefined }],
  ])('stops with %s', (name, statement) => {
    expect(() => policyOf(statement)).toThrowError(
      expect.objectContaining({ path: at('Policy', `PolicyDocument/Statement/0/${name}`) }),
    )
  })

  it('is one: a second would take the place of the first', () => {
    const act = () => read({ Queue: queue(), Policy: policy(SEND), Second: policy(SEND) })
    expect(act).toThrowError(/has another policy already/)
  })

  function policy(...Statement: readonly unknown[]): ResourceInput {
    const PolicyDocument = { Version: '2012-10-17', Statement }
    const Properties = { Queues: [{ Ref: 'Queue' }], PolicyDocument }
    return { Type: 'AWS::SQS::QueuePolicy', Properties }
  }

  /** The principals of each statement that applies. */
  function policyOf(...statements: readonly unknown[]): (readonly string[])[] | undefined {
    const [found] = read({ Queue: queue(), Policy: policy(...statements) }).queues
    return found?.policy.map(({ principals }) => principals)
  }
})

describe('what the developer goes on without', () => {
  it('is no dead-letter queue, and nothing to read or to invoke', () => {
    const RedrivePolicy = redrive('arn:aws:sqs:us-east-1:000000000000:ignored-Dead')
    const app = read({
      Queue: queue({ RedrivePolicy }),
      NoQueue: source({ EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:ignored-Stream' }),
      NoFunction: source({ FunctionName: 'ignored-Function', FilterCriteria: {} }),
    })
    expect(app.queues[0]?.redrive).toBeUndefined()
    expect(app.eventSources).toEqual([])
  })
})

describe('an event source', () => {
  it('hands ten messages at a time to its function, if nothing else is said', () => {
    expect(read({ Queue: queue(), Source: source() }).eventSources).toEqual([
      {
        logicalId: 'Source',
        functionArn: HANDLER_ARN,
        queueArn: QUEUE_ARN,
        batchSize: 10,
        batchingWindowSeconds: 0,
        maximumConcurrency: undefined,
        reportsBatchItemFailures: false,
      },
    ])
  })

  it('is as the template says', () => {
    const properties = {
      FunctionName: HANDLER_ARN,
      BatchSize: '10000',
      MaximumBatchingWindowInSeconds: 300,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      Enabled: true,
    }
    expect(read({ Queue: queue(), Source: source(properties) }).eventSources).toMatchObject([
      {
        functionArn: HANDLER_ARN,
        batchSize: 10_000,
        batchingWindowSeconds: 300,
        maximumConcurrency: 2,
        reportsBatchItemFailures: true,
      },
    ])
  })

  it('is none when it is not enabled', () => {
    const { eventSources } = read({ Queue: queue(), Source: source({ Enabled: false }) })
    expect(eventSources).toEqual([])
  })

  it.each<[string, Record<string, unknown>]>([
    ['FilterCriteria', { FilterCriteria: { Filters: [] } }],
    ['StartingPosition', { StartingPosition: 'LATEST' }],
    [
      'EventSourceArn',
      { EventSourceArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/x/stream/y' },
    ],
    ['FunctionName', { FunctionName: 'other' }],
    ['BatchSize', { BatchSize: 0 }],
    ['BatchSize', { BatchSize: 'ten' }],
    ['BatchSize', { BatchSize: 10_001, MaximumBatchingWindowInSeconds: 1 }],
    ['MaximumBatchingWindowInSeconds', { MaximumBatchingWindowInSeconds: 301 }],
    ['ScalingConfig/MaximumConcurrency', { ScalingConfig: { MaximumConcurrency: 1 } }],
    ['ScalingConfig/MaximumConcurrency', { ScalingConfig: { MaximumConcurrency: 1_001 } }],
    ['FunctionResponseTypes/0', { FunctionResponseTypes: ['Other'] }],
  ])('stops with a %s that is not supported', (name, properties) => {
    const act = () => read({ Queue: queue(), Source: source(properties) })
    expect(act).toThrowError(UnsupportedError)
    expect(act).toThrowError(expect.objectContaining({ path: at('Source', name) }))
  })

  it('is left out by where it begins to read, which a queue has not', () => {
    const properties = { StartingPosition: 'LATEST', EventSourceArn: 'arn:aws:kinesis:x' }
    const ignore = 'AWS::Lambda::EventSourceMapping.StartingPosition=LATEST'
    const resources = { ...CHAT, Queue: queue(), Stream: source(properties), Source: source() }
    const act = (rules: readonly string[]) => readApp(assemblyOf(resources), rules)
    expect(() => act([])).toThrowError(
      expect.objectContaining({
        problems: [expect.objectContaining({ path: at('Stream', 'StartingPosition'), ignore })],
      }),
    )
    expect(act([ignore]).eventSources).toMatchObject([{ logicalId: 'Source' }])
  })

  it('needs a window for more than ten messages', () => {
    const act = (properties: Record<string, unknown>) => () =>
      read({ Queue: queue(), Source: source(properties) })
    expect(act({ BatchSize: 11 })).toThrowError(AssemblyError)
    expect(act({ BatchSize: 10 })).not.toThrow()
    expect(act({ BatchSize: 11, MaximumBatchingWindowInSeconds: 1 })).not.toThrow()
  })

  it('needs a queue whose visibility timeout is no less than the timeout of the function', () => {
    const act = (VisibilityTimeout: number) => () =>
      read({ Queue: queue({ VisibilityTimeout }), Source: source() })
    expect(act(2)).toThrowError(
      'Source: the visibility timeout of the queue, 2 seconds, is less than the timeout of the function, 3 seconds',
    )
    expect(act(3)).not.toThrow()
  })
})

function read(resources: Readonly<Record<string, ResourceInput>>): App {
  return readApp(assemblyOf({ ...CHAT, ...resources }))
}

function queue(Properties: Record<string, unknown> = {}): ResourceInput {
  return { Type: 'AWS::SQS::Queue', Properties }
}

/** An event source of `Queue` for `Handler`. */
function source(properties: Record<string, unknown> = {}): ResourceInput {
  return {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      FunctionName: { Ref: 'Handler' },
      ...properties,
    },
  }
}

function redrive(deadLetterTargetArn: string): object {
  return { deadLetterTargetArn, maxReceiveCount: 1 }
}

function at(logicalId: string, name: string): string {
  return `Resources/${logicalId}/Properties/${name}`
}
