import { Template } from 'aws-cdk-lib/assertions'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { describe, expect, it } from 'vitest'
import { Switchboard } from '../../lib/index.ts'
import { Monitoring } from '../../lib/monitoring.ts'
import { nameIn, watchable, WORKER } from '../support/monitored.ts'
import { stackWith, synthesize } from '../support/synthesize.ts'
import { deliveryOf, list, only, record, resourcesOf } from '../support/template.ts'

const { stack, parts } = watchable()
new Monitoring(stack, 'Monitoring', { ...parts, dashboard: false })
const template = Template.fromStack(stack)
const { queue, deadLetterQueue } = deliveryOf(template)
const alarms = new Map(
  resourcesOf(template, 'AWS::CloudWatch::Alarm').map(({ id, properties }) => [
    /^MonitoringAlarms([a-zA-Z]+?)[0-9A-F]{8}$/.exec(id)?.[1],
    properties,
  ]),
)

describe('the alarm', () => {
  it('of function errors goes off with the first, of any function but the authorizer', () => {
    const { metrics, ...when } = watched('FunctionErrors')
    const ofFunction = (metric: string) => (name: string) => ({
      metric,
      dimensions: { FunctionName: name },
      ...SUM_OF_FIVE_MINUTES,
    })
    expect(metrics).toEqual([
      ...['connect', 'disconnect', 'sendmessage', 'default', 'rooms', WORKER].map(
        ofFunction('AWS/Lambda Errors'),
      ),
      // A handler that answers INTERNAL has not failed in the eyes of Lambda.
      ...['sendmessage', 'default', 'rooms'].map(ofFunction('Switchboard InternalErrors')),
    ])
    expect(when).toEqual({ Threshold: 1, EvaluationPeriods: 1 })
  })

  it('of function throttles goes off with the first, of any function', () => {
    const { metrics, ...when } = watched('FunctionThrottles')
    expect(metrics).toEqual(
      ['authorize', 'connect', 'disconnect', 'sendmessage', 'default', 'rooms', WORKER].map(
        (name) => ({
          metric: 'AWS/Lambda Throttles',
          dimensions: { FunctionName: name },
          ...SUM_OF_FIVE_MINUTES,
        }),
      ),
    )
    expect(when).toEqual({ Threshold: 1, EvaluationPeriods: 1 })
  })

  it.each([
    { name: 'IntegrationErrors', metric: 'AWS/ApiGateway IntegrationError' },
    { name: 'ExecutionErrors', metric: 'AWS/ApiGateway ExecutionError' },
  ])('of $name goes off with five of the stage within five minutes', ({ name, metric }) => {
    const apiId = `\${${only(template, 'AWS::ApiGatewayV2::Api').id}}`
    expect(watched(name)).toEqual({
      metrics: [{ metric, dimensions: { ApiId: apiId, Stage: 'prod' }, ...SUM_OF_FIVE_MINUTES }],
      Threshold: 5,
      EvaluationPeriods: 1,
    })
  })

  it('of dead letters goes off with the first', () => {
    expect(watched('DeadLetters')).toEqual({
      metrics: [
        {
          metric: 'AWS/SQS ApproximateNumberOfMessagesVisible',
          dimensions: { QueueName: `\${${deadLetterQueue.id}.QueueName}` },
          period: 60,
          statistic: 'Maximum',
        },
      ],
      Threshold: 1,
      EvaluationPeriods: 1,
    })
  })

  it('of old jobs waits for twice the time that hides the job of a dead worker', () => {
    expect(watched('OldJobs')).toEqual({
      metrics: [
        {
          metric: 'AWS/SQS ApproximateAgeOfOldestMessage',
          dimensions: { QueueName: `\${${queue.id}.QueueName}` },
          period: 60,
          statistic: 'Maximum',
        },
      ],
      Threshold: 2 * Number(queue.properties['VisibilityTimeout']),
      EvaluationPeriods: 1,
    })
  })

  it('of failed deliveries counts once whom nobody tries again', () => {
    const { metrics, ...when } = watched('FailedDeliveries')
    const ofSenders = ['sendmessage', 'default'].flatMap((FunctionName) =>
      ['Failed', 'Throttled', 'Unavailable'].map((name) => ({ FunctionName, name })),
    )
    // What the worker counts as Failed is in GivenUp; what it counts as Throttled it tries again.
    const all = [...ofSenders, { FunctionName: WORKER, name: 'GivenUp' }]
    expect(metrics).toEqual(
      all.map(({ FunctionName, name }) => ({
        metric: `Switchboard ${name}`,
        dimensions: { FunctionName },
        ...SUM_OF_FIVE_MINUTES,
      })),
    )
    expect(when).toEqual({ Threshold: 100, EvaluationPeriods: 1 })
  })

  it('of the authorizer goes off with failures that are no refusals', () => {
    const { metrics, ...when } = watched('AuthorizerErrors', ' - ')
    const ofAuthorizer = (metric: string) => ({
      metric,
      dimensions: { FunctionName: 'authorize' },
      ...SUM_OF_FIVE_MINUTES,
    })
    expect(metrics).toEqual(
      [
        'AWS/Lambda Errors',
        'Switchboard RefusedNoToken',
        'Switchboard RefusedExpiredToken',
        'Switchboard RefusedToken',
        'Switchboard KeysUnavailable',
      ].map(ofAuthorizer),
    )
    expect(when).toEqual({ Threshold: 5, EvaluationPeriods: 1 })
  })

  it('of unavailable keys goes off in the second minute of five', () => {
    expect(watched('KeysUnavailable')).toEqual({
      metrics: [
        {
          metric: 'Switchboard KeysUnavailable',
          dimensions: { FunctionName: 'authorize' },
          period: 60,
          statistic: 'Sum',
        },
      ],
      Threshold: 1,
      EvaluationPeriods: 5,
      DatapointsToAlarm: 2,
    })
  })

  it.each([...alarms.keys()])('%s is quiet without data, and goes off at its threshold', (name) => {
    expect(alarms.get(name)).toMatchObject({
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    })
  })

  it('takes no more metrics than CloudWatch lets it', () => {
    const senders = [...parts.senders, ...parts.senders]
    expect(() => new Monitoring(stack, 'Tenth', { ...parts, senders })).toThrow(
      'an alarm takes 10 metrics, ',
    )
  })
})

describe('the alarms of a Switchboard', () => {
  it('are seven without an authorizer, and tell nobody', () => {
    const found = resourcesOf(synthesize(), 'AWS::CloudWatch::Alarm')
    expect(found).toHaveLength(7)
    for (const { properties } of found) expect(properties).not.toHaveProperty('AlarmActions')
  })

  it('tell a topic that they go off, and that they are over', () => {
    const owner = stackWith({})
    new Switchboard(owner, 'Realtime', {
      authorizer: null,
      alarmTopic: new Topic(owner, 'Alarms'),
    })
    const found = Template.fromStack(owner)
    const topic = [`\${${only(found, 'AWS::SNS::Topic').id}}`]
    const told = resourcesOf(found, 'AWS::CloudWatch::Alarm')
    expect(told).toHaveLength(7)
    for (const { properties } of told) {
      expect(properties).toMatchObject({ AlarmActions: topic, OKActions: topic })
    }
  })

  it('are left out when they are not wanted, and the dashboard too', () => {
    const without = synthesize({ alarms: false, dashboard: false })
    without.resourceCountIs('AWS::CloudWatch::Alarm', 0)
    without.resourceCountIs('AWS::CloudWatch::Dashboard', 0)
  })
})

const SUM_OF_FIVE_MINUTES = { period: 300, statistic: 'Sum' }

interface Watched {
  readonly metric: string
  readonly dimensions: Record<string, unknown>
  readonly period: unknown
  readonly statistic: unknown
}

/** What an alarm looks at, all of it added up or taken from the first, and when it goes off. */
function watched(name: string, operator = ' + '): Record<string, unknown> {
  const { Threshold, EvaluationPeriods, DatapointsToAlarm, ...metric } = record(alarms.get(name))
  return {
    metrics:
      metric['Metrics'] === undefined
        ? [single(metric)]
        : combined(list(metric['Metrics']), operator),
    Threshold,
    EvaluationPeriods,
    ...(DatapointsToAlarm !== undefined && { DatapointsToAlarm }),
  }
}

function single(alarm: Record<string, unknown>): Watched {
  return {
    metric: `${String(alarm['Namespace'])} ${String(alarm['MetricName'])}`,
    dimensions: dimensionsOf(alarm),
    period: alarm['Period'],
    statistic: alarm['Statistic'],
  }
}

/** The metrics of an alarm whose expression has each of them once, those without data as 0. */
function combined([expression, ...terms]: readonly unknown[], operator: string): Watched[] {
  const ids = terms.map((term) => String(record(term)['Id']))
  expect(record(expression)['Expression']).toBe(ids.map((id) => `FILL(${id}, 0)`).join(operator))
  return terms.map((term) => {
    const { Metric, Period, Stat } = record(record(term)['MetricStat'])
    return single({ ...record(Metric), Period, Statistic: Stat })
  })
}

function dimensionsOf({ Dimensions }: Record<string, unknown>): Record<string, unknown> {
  const dimensions = list(Dimensions).map(record)
  return Object.fromEntries(
    dimensions.map(({ Name, Value }) => [
      String(Name),
      Name === 'FunctionName' ? nameIn(Value) : Value,
    ]),
  )
}
