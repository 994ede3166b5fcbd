import { Duration } from 'aws-cdk-lib'
import type { WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  Stats,
  TextWidget,
  TextWidgetBackground,
  type Alarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { ownMetric, sum, type Measure } from './cloudwatch-metrics.ts'
import {
  allFunctions,
  answeringFunctions,
  failingFunctions,
  type WatchedFunctions,
} from './watched-functions.ts'

export interface DashboardProps extends WatchedFunctions {
  readonly stage: WebSocketStage
  /** Whose state stands at the top. */
  readonly alarms: readonly Alarm[]
}

const PERIOD = Duration.minutes(1)

/** The whole width, and a third of it. */
const ROW_WIDTH = 24
const GRAPH_WIDTH = 8
const GRAPH_HEIGHT = 6
const HEADING_HEIGHT = 1

/** Rows of three graphs: from the connections over the messages to the recipients, and what bears them. */
export class Dashboard extends Construct {
  readonly dashboard: CloudWatchDashboard
  readonly #props: DashboardProps

  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    this.#props = props
    this.dashboard = new CloudWatchDashboard(this, 'Resource', {
      defaultInterval: Duration.hours(3),
    })
    if (props.alarms.length > 0) {
      const alarms = [...props.alarms]
      this.dashboard.addWidgets(
        new AlarmStatusWidget({ title: 'Alarms', alarms, width: ROW_WIDTH, height: 3 }),
      )
    }
    this.#row('Connections', this.#connections())
    this.#row('Messages', this.#messages())
    this.#row('Deliveries', this.#deliveries())
    this.#row('Delivery queue', this.#queue())
    this.#row('Functions', this.#functions())
    this.#row('API Gateway', this.#api())
  }

  #row(heading: string, graphs: readonly IWidget[]): void {
    this.dashboard.addWidgets(
      new TextWidget({
        markdown: `## ${heading}`,
        width: ROW_WIDTH,
        height: HEADING_HEIGHT,
        background: TextWidgetBackground.TRANSPARENT,
      }),
    )
    this.dashboard.addWidgets(...graphs)
  }

  #connections(): IWidget[] {
    const { connect, disconnect, authorizerFunction, stage } = this.#props
    const refused = (measure: Measure, label: string): IMetric[] =>
      authorizerFunction ? [ownMetric(authorizerFunction, measure).with({ label })] : []
    return [
      graph('Connections', [
        ownMetric(connect, 'opened').with({ label: 'opened' }),
        ownMetric(disconnect, 'closed').with({ label: 'closed' }),
        summed(answeringFunctions(this.#props), 'closedByUs', 'closed by us'),
      ]),
      graph('Refused handshakes', [
        ...refused('refusedNoToken', 'no token'),
        ...refused('refusedExpiredToken', 'token expired'),
        ...refused('refusedToken', 'token not valid'),
        ...refused('refusedOrigin', 'origin'),
        ...refused('keysUnavailable', 'keys unavailable'),
        // Also who comes too fast, and a message that no route takes.
        stage.metric('ClientError', { statistic: Stats.SUM, label: 'refused by API Gateway' }),
      ]),
      graph('Handshakes at API Gateway', [
        stage.metric('ConnectCount', { statistic: Stats.SUM, label: 'to $connect' }),
      ]),
    ]
  }

  #messages(): IWidget[] {
    const { senders, delivery, stage } = this.#props
    const answering = answeringFunctions(this.#props)
    return [
      graph('Messages', [
        summed(senders, 'toEveryone', 'to everyone'),
        summed(senders, 'toRoom', 'to a room'),
        summed(senders, 'toUser', 'to a user'),
        summed(senders, 'toOne', 'to one'),
        ownMetric(delivery.worker.function, 'published').with({ label: 'from a backend' }),
        summed(senders, 'queued', 'queued for delivery'),
      ]),
      graph('Refused frames', [
        summed(answering, 'badFrames', 'bad frames'),
        summed(answering, 'internalErrors', 'failed on our side'),
        summed(answering, 'rateLimited', 'rate-limited'),
      ]),
      graph('Messages at API Gateway', [
        stage.metric('MessageCount', { statistic: Stats.SUM, label: 'in and out' }),
      ]),
    ]
  }

  #deliveries(): IWidget[] {
    const { senders, delivery } = this.#props
    const worker = delivery.worker.function
    const pushing = [...senders, worker]
    return [
      graph('Outcomes by recipient', [
        summed(pushing, 'sent', 'sent'),
        summed(pushing, 'gone', 'gone'),
      ]),
      graph('Trouble by recipient', [
        summed(pushing, 'throttled', 'throttled'),
        summed(pushing, 'unavailable', 'unavailable'),
        summed(pushing, 'failed', 'failed'),
        summed([worker], 'givenUp', 'given up'),
      ]),
      graph(
        'Time of a fan-out (longest)',
        pushing.map((each) =>
          ownMetric(each, 'fanOutMs', Stats.MAXIMUM).with({ label: nameOf(each) }),
        ),
        'Milliseconds',
      ),
    ]
  }

  #queue(): IWidget[] {
    const { queue, deadLetterQueue } = this.#props.delivery
    return [
      graph('Jobs', [
        queue.metricApproximateNumberOfMessagesVisible({ label: 'waiting' }),
        queue.metricApproximateNumberOfMessagesNotVisible({ label: 'under way' }),
        queue.metricApproximateNumberOfMessagesDelayed({ label: 'delayed' }),
      ]),
      graph(
        'Age of the oldest job',
        [queue.metricApproximateAgeOfOldestMessage({ label: 'age' })],
        'Seconds',
      ),
      graph('Dead letters', [
        deadLetterQueue.metricApproximateNumberOfMessagesVisible({ label: 'waiting' }),
      ]),
    ]
  }

  #functions(): IWidget[] {
    const all = allFunctions(this.#props)
    return [
      graph('Errors and throttles', [
        ...failingFunctions(this.#props).map((each) => each.metricErrors({ label: nameOf(each) })),
        sum(
          all.map((each) => each.metricThrottles()),
          { label: 'throttled', period: PERIOD },
        ),
      ]),
      graph(
        'Duration (p99)',
        all.map((each) => each.metricDuration({ statistic: Stats.p(99), label: nameOf(each) })),
        'Milliseconds',
      ),
      graph(
        'Running at the same time',
        all.map((each) =>
          each.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, label: nameOf(each) }),
        ),
      ),
    ]
  }

  #api(): IWidget[] {
    const { stage } = this.#props
    const latency = (percent: number): IMetric =>
      stage.metric('IntegrationLatency', { statistic: Stats.p(percent), label: `p${percent}` })
    const errors = (name: string, label: string): IMetric =>
      stage.metric(name, { statistic: Stats.SUM, label })
    return [
      graph('Latency of the functions', [latency(50), latency(99)], 'Milliseconds'),
      graph('Errors', [
        errors('IntegrationError', 'of functions'),
        errors('ExecutionError', 'in calling them'),
      ]),
    ]
  }
}

function graph(title: string, left: IMetric[], label = 'Count'): IWidget {
  return new GraphWidget({
    title,
    left,
    leftYAxis: { min: 0, label, showUnits: false },
    period: PERIOD,
    width: GRAPH_WIDTH,
    height: GRAPH_HEIGHT,
  })
}

function summed(functions: readonly IFunction[], measure: Measure, label: string): IMetric {
  return sum(
    functions.map((each) => ownMetric(each, measure)),
    { label, period: PERIOD },
  )
}

/** `SendMessage`, of the `Resource` in a `SendMessageFunction`. */
function nameOf({ node }: IFunction): string {
  const id = node.id === 'Resource' ? node.scope?.node.id : node.id
  return String(id).replace(/Function$/, '')
}
