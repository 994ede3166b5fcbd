import { ApplicationLogLevel, SystemLogLevel } from 'aws-cdk-lib/aws-lambda'
import type { RetentionDays } from 'aws-cdk-lib/aws-logs'

/** Of the functions' logs, which are lines of JSON. */
export interface LogSettings {
  /**
   * How long the functions' logs and the access log are kept.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays

  /**
   * From which level on the functions' own lines are logged: `TRACE`, `DEBUG` or `INFO`.
   *
   * @default ApplicationLogLevel.INFO
   */
  readonly logLevel?: ApplicationLogLevel

  /**
   * From which level on Lambda's lines about an invocation are logged.
   *
   * @default SystemLogLevel.WARN - those that failed. With `INFO`, each invocation has lines of its
   * start and of its duration and memory, and they cost more than the invocation.
   */
  readonly systemLogLevel?: SystemLogLevel
}

/**
 * The metrics are lines without a level, which Lambda takes for `INFO`: above it, they and the alarms
 * could be gone. All that the functions log besides are errors.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
 */
const LEVELS_WITH_METRICS: readonly ApplicationLogLevel[] = [
  ApplicationLogLevel.TRACE,
  ApplicationLogLevel.DEBUG,
  ApplicationLogLevel.INFO,
]

/**
 * The levels with their defaults. Duration is a metric of Lambda's as well, and who needs the memory
 * can ask for it: a line of the start and one of the end are some 600 bytes, at $0.50 for a GB $0.30
 * for a million invocations, which themselves are $0.20.
 *
 * @throws RangeError when the level would lose the metrics
 */
export function resolveLogLevels({
  logLevel = ApplicationLogLevel.INFO,
  systemLogLevel = SystemLogLevel.WARN,
}: LogSettings): Required<Pick<LogSettings, 'logLevel' | 'systemLogLevel'>> {
  if (LEVELS_WITH_METRICS.includes(logLevel)) return { logLevel, systemLogLevel }
  throw new RangeError(
    `logLevel: expected ${LEVELS_WITH_METRICS.join(', ')}, got ${logLevel}: the metrics would be lost`,
  )
}
