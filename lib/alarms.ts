import { Duration } from 'aws-cdk-lib'
import { Alarm, Stats, TreatMissingData, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { difference, ownMetric, sum } from './cloudwatch-metrics.ts'
import { VISIBILITY_TIMEOUT_SECONDS } from './delivery-settings.ts'
import {
  allFunctions,
  answeringFunctions,
  failingFunctions,
  type WatchedFunctions,
} from './watched-functions.ts'

export interface AlarmSettings {
  /**
   * Who is told when an alarm goes off, and when it is over. A topic with a key of its own has to let
   * CloudWatch use that.
   *
   * @default - nobody: the alarms are seen in CloudWatch alone
   */
  readonly alarmTopic?: ITopic

  /**
   * Where `docs/RUNBOOK.md` is to be found, such as its URL in your repository: each alarm names its
   * heading there.
   *
   * @default 'docs/RUNBOOK.md'
   */
  readonly runbookUrl?: string
}

export interface AlarmsProps extends AlarmSettings, WatchedFunctions {
  readonly stage: WebSocketStage
}

interface AlarmDefinition {
  /** Of the runbook. */
  readonly heading: string
  /** What it means, in a sentence. */
  readonly description: string
  readonly metric: IMetric
  readonly threshold: number
  /** @default 1 */
  readonly evaluationPeriods?: number
  /** @default evaluationPeriods */
  readonly datapointsToAlarm?: number
}

/** What one failure a day should not hide in, and what is soon enough for somebody to look. */
const PERIOD = Duration.minutes(5)

/** For what gets worse while it waits. AWS measures by the minute. */
const SHORT_PERIOD = Duration.minutes(1)

/**
 * Handlers answer what they expect, so that each error is a bug, a timeout or a table that fails. A
 * throttled invocation is somebody who was refused.
 */
const ONE = 1

/**
 * API Gateway fails at times where nothing is wrong here, and counts what the functions' own alarm
 * tells as well. A handful within a period is more than that.
 */
const API_ERRORS = 5

/**
 * Twice what hides a job whose worker has died: it waits for so long once, and a message to a million
 * is done sooner. What is older comes back again and again, or nobody reads the queue.
 */
const OLD_JOB_SECONDS = 2 * VISIBILITY_TIMEOUT_SECONDS

/** A reader who is too slow loses a message at a time; so many recipients are no longer such ones. */
const FAILED_DELIVERIES = 100

/** Of some that the end of a period tears apart, Lambda's metric counts one here and ours one there. */
const AUTHORIZER_ERRORS = 5

/** The issuer of tokens may be away for a minute; of the next one within five, somebody has to know. */
const KEYS_MINUTES = { datapointsToAlarm: 2, evaluationPeriods: 5 }

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html */
const MAX_METRICS_OF_AN_ALARM = 10

/** One alarm for each kind of trouble, whichever function has it. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[]
  readonly #props: AlarmsProps

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    this.#props = props
    const definitions = [
      ...functionAlarms(props),
      ...apiAlarms(props.stage),
      ...deliveryAlarms(props),
      ...authorizerAlarms(props),
    ]
    this.all = definitions.map((definition) => this.#add(definition))
  }

  #add({ heading, description, metric, ...when }: AlarmDefinition): Alarm {
    const { alarmTopic, runbookUrl = 'docs/RUNBOOK.md' } = this.#props
    const alarm = new Alarm(this, idOf(heading), {
      alarmDescription: `${description} ${runbookUrl}#${anchorOf(heading)}`,
      metric,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...when,
    })
    if (alarmTopic) {
      alarm.addAlarmAction(new SnsAction(alarmTopic))
      alarm.addOkAction(new SnsAction(alarmTopic))
    }
    return alarm
  }
}

function functionAlarms(props: AlarmsProps): AlarmDefinition[] {
  return [
    {
      heading: 'Function errors',
      description: 'A function failed: it threw, ran into its timeout, or answered INTERNAL.',
      metric: alarmSum(
        [
          ...failingFunctions(props).map((each) => each.metricErrors()),
          ...answeringFunctions(props).map((each) => ownMetric(each, 'internalErrors')),
        ],
        'Errors',
      ),
      threshold: ONE,
    },
    {
      heading: 'Function throttles',
      description: 'Lambda refused to run a function: too many run at the same time.',
      metric: alarmSum(
        allFunctions(props).map((each) => each.metricThrottles()),
        'Throttles',
      ),
      threshold: ONE,
    },
  ]
}

function apiAlarms(stage: WebSocketStage): AlarmDefinition[] {
  const metric = (name: string): IMetric =>
    stage.metric(name, { statistic: Stats.SUM, period: PERIOD })
  return [
    {
      heading: 'Integration errors',
      description: 'Functions answered API Gateway with errors.',
      metric: metric('IntegrationError'),
      threshold: API_ERRORS,
    },
    {
      heading: 'Execution errors',
      description: 'API Gateway could not call a function.',
      metric: metric('ExecutionError'),
      threshold: API_ERRORS,
    },
  ]
}

function deliveryAlarms({ delivery, senders }: AlarmsProps): AlarmDefinition[] {
  const { queue, deadLetterQueue, worker } = delivery
  const lost = [
    // Before an ack nobody tries again. The worker does, and counts what it gave up in the end.
    ...senders.flatMap((sender) => [
      ownMetric(sender, 'failed'),
      ownMetric(sender, 'throttled'),
      ownMetric(sender, 'unavailable'),
    ]),
    ownMetric(worker.function, 'givenUp'),
  ]
  return [
    {
      heading: 'Dead letters',
      description: 'Messages were given up for some recipients, and wait in the dead-letter queue.',
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: SHORT_PERIOD }),
      threshold: ONE,
    },
    {
      heading: 'Old jobs',
      description: 'Messages to many wait in the delivery queue.',
      metric: queue.metricApproximateAgeOfOldestMessage({ period: SHORT_PERIOD }),
      threshold: OLD_JOB_SECONDS,
    },
    {
      heading: 'Failed deliveries',
      description: 'Messages did not reach many of their recipients.',
      metric: alarmSum(lost, 'Recipients'),
      threshold: FAILED_DELIVERIES,
    },
  ]
}

function authorizerAlarms({ authorizerFunction }: AlarmsProps): AlarmDefinition[] {
  if (!authorizerFunction) return []
  // Each of them is an error to Lambda: a 401, or a 500, takes one.
  const told = (
    ['refusedNoToken', 'refusedExpiredToken', 'refusedToken', 'keysUnavailable'] as const
  ).map((measure) => ownMetric(authorizerFunction, measure))
  return [
    {
      heading: 'Authorizer errors',
      description: 'The authorizer failed, and refused whoever it was asked about.',
      metric: difference(authorizerFunction.metricErrors(), told, {
        label: 'Failures',
        period: PERIOD,
      }),
      threshold: AUTHORIZER_ERRORS,
    },
    {
      heading: 'Keys unavailable',
      description: 'The keys that tokens are checked with cannot be had: nobody gets in.',
      metric: ownMetric(authorizerFunction, 'keysUnavailable').with({ period: SHORT_PERIOD }),
      threshold: ONE,
      ...KEYS_MINUTES,
    },
  ]
}

function alarmSum(metrics: readonly IMetric[], label: string): IMetric {
  if (metrics.length <= MAX_METRICS_OF_AN_ALARM) return sum(metrics, { label, period: PERIOD })
  throw new RangeError(
    `an alarm takes ${MAX_METRICS_OF_AN_ALARM} metrics, ${label} has ${metrics.length}`,
  )
}

/** `Function errors`: `FunctionErrors`. */
function idOf(heading: string): string {
  return heading.replace(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase())
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-')
}
