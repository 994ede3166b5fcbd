import { WebSocketStage, type WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2'
import type { Construct } from 'constructs'
import { AccessLog, type AccessLogProps } from './access-log.ts'
import { mustBeWithin } from './must-be-within.ts'

export interface StageSettings {
  /**
   * The last part of the WebSocket URL.
   *
   * @default 'prod'
   */
  readonly stageName?: string

  /**
   * Whether API Gateway logs each handshake, message and disconnect: request id, route, event type,
   * status, latency and connection id.
   *
   * @default true
   */
  readonly accessLog?: boolean

  /**
   * Whether to set the role by which API Gateway writes logs in this account and region; with
   * `accessLog` alone. An account has one such role: say false where something else has set it.
   *
   * @default true - the role stays when the stack goes
   */
  readonly cloudWatchRole?: boolean

  /**
   * How much clients may send together. Each route has this rate for itself.
   *
   * @default { ratePerSecond: 500, burst: 1,000 } - connects and messages of all routes leave 8,000
   * of an account's 10,000 requests a second to the pushes
   */
  readonly throttle?: Throttle
}

/** A token bucket. */
export interface Throttle {
  /** Requests a second: 1 to 100,000. API Gateway refuses more than the account's own rate. */
  readonly ratePerSecond: number
  /** Requests at once: 1 to 50,000. API Gateway refuses more than the account's own burst. */
  readonly burst: number
}

/**
 * What clients do most is to connect, to send, to join and to ping. All of these at their rate are 2,000
 * requests a second: what the default of `postsPerSecond` leaves of the account's 10,000. A region lets
 * 500 clients a second connect anyway. With `leave`, `members` and `$default` at theirs it would be 3,500:
 * then pushes meet 429, and slow down.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
const DEFAULT_THROTTLE: Throttle = { ratePerSecond: 500, burst: 1_000 }

/** Ten times an account's default quotas: what AWS may have raised them to, and no slip of a key. */
const MAX_RATE_PER_SECOND = 100_000
const MAX_BURST = 50_000

export interface StageProps extends StageSettings {
  readonly api: WebSocketApi
  readonly logRetention?: AccessLogProps['logRetention']
}

/**
 * The API's stage, with its throttle and its access log.
 *
 * @throws RangeError when the throttle is not what its description says
 */
export function deployedStage(scope: Construct, props: StageProps): WebSocketStage {
  const { throttle = DEFAULT_THROTTLE } = props
  mustBeWithin('throttle.ratePerSecond', throttle.ratePerSecond, 1, MAX_RATE_PER_SECOND)
  mustBeWithin('throttle.burst', throttle.burst, 1, MAX_BURST)
  const accessLog = (props.accessLog ?? true) && new AccessLog(scope, 'AccessLog', props)
  const stage = new WebSocketStage(scope, 'Stage', {
    webSocketApi: props.api,
    stageName: props.stageName ?? 'prod',
    // Without it there is no deployment, and so no routes.
    autoDeploy: true,
    throttle: { rateLimit: throttle.ratePerSecond, burstLimit: throttle.burst },
    ...(accessLog && { accessLogSettings: accessLog.settings }),
  })
  // API Gateway looks for the account's role when a stage with a log is made.
  if (accessLog) stage.node.addDependency(accessLog)
  return stage
}
