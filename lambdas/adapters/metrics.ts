import type { Measures } from '../core/delivery.ts'

const NAMESPACE = 'Switchboard'

/** What is counted, with its name in CloudWatch. */
const METRICS: readonly (readonly [keyof Measures, string])[] = [
  ['sent', 'Sent'],
  ['gone', 'Gone'],
  ['throttled', 'Throttled'],
  ['unavailable', 'Unavailable'],
  ['failed', 'Failed'],
  ['queued', 'Queued'],
  ['givenUp', 'GivenUp'],
]

/**
 * What an invocation counts, written as one line in CloudWatch's embedded metric format: metrics
 * without a call.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class Metrics {
  readonly #functionName: string
  readonly #counts = new Map<string, number>()

  /** @param functionName the metrics' one dimension */
  constructor(functionName: string) {
    this.#functionName = functionName
  }

  add(measures: Measures): void {
    for (const [key, name] of METRICS) {
      const value = measures[key] ?? 0
      if (value > 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + value)
    }
  }

  /** Writes what has been counted since the last call, if anything was. */
  flush(): void {
    if (this.#counts.size === 0) return
    const metrics = [...this.#counts.keys()].map((Name) => ({ Name, Unit: 'Count' }))
    const line = JSON.stringify({
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [
          { Namespace: NAMESPACE, Dimensions: [['FunctionName']], Metrics: metrics },
        ],
      },
      FunctionName: this.#functionName,
      ...Object.fromEntries(this.#counts),
    })
    this.#counts.clear()
    // Past the console, which in Lambda puts the time and a level before each line.
    process.stdout.write(`${line}\n`)
  }
}
