import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS, TIME_METRIC } from '../../lib/metrics.ts'
import type { Measures } from '../core/measures.ts'
import { textFrom } from './environment.ts'

/** Names in CloudWatch, by the measures' own. */
const NAMES = new Map<string, string>(
  Object.entries(METRICS satisfies Record<keyof Measures, string>),
)

/**
 * What an invocation counts, written as one line in CloudWatch's embedded metric format: metrics
 * without a call.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class Metrics {
  readonly #functionName: string
  readonly #values = new Map<string, number>()

  /** @param functionName the metrics' one dimension */
  constructor(functionName: string) {
    this.#functionName = functionName
  }

  /** Adds counts up; of a time it keeps the longest. */
  add(measures: Measures): void {
    for (const [measure, value] of Object.entries<number | undefined>({ ...measures })) {
      const name = NAMES.get(measure)
      if (name === undefined || value === undefined) continue
      const before = this.#values.get(name)
      if (measure === TIME_METRIC) this.#values.set(name, Math.max(before ?? 0, value))
      else if (value > 0) this.#values.set(name, (before ?? 0) + value)
    }
  }

  /** Writes what has been counted since the last call, if anything was. */
  flush(): void {
    if (this.#values.size === 0) return
    const metrics = [...this.#values.keys()].map((Name) => ({ Name, Unit: unitOf(Name) }))
    const line = JSON.stringify({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          { Namespace: METRIC_NAMESPACE, Dimensions: [[METRIC_DIMENSION]], Metrics: metrics },
        ],
      },
      [METRIC_DIMENSION]: this.#functionName,
      ...Object.fromEntries(this.#values),
    })
    this.#values.clear()
    // Past the console, which in Lambda puts the time and a level before each line.
    process.stdout.write(`${line}\n`)
  }
}

function unitOf(name: string): string {
  return name === METRICS[TIME_METRIC] ? 'Milliseconds' : 'Count'
}

/** The metrics of the function that this runs in. */
export function functionMetrics(): Metrics {
  return new Metrics(textFrom('AWS_LAMBDA_FUNCTION_NAME'))
}
