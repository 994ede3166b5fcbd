import type { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric, Stats, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { METRIC_DIMENSION, METRIC_NAMESPACE, METRICS } from './metrics.ts'

/** By the name in the code. */
export type Measure = keyof typeof METRICS

/** What a function has counted, or measured, itself. */
export function ownMetric(
  handler: IFunction,
  measure: Measure,
  statistic: string = Stats.SUM,
): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName: METRICS[measure],
    dimensionsMap: { [METRIC_DIMENSION]: handler.functionName },
    statistic,
  })
}

export interface SumOptions {
  readonly period: Duration
  /** Begins with a letter, and is another one than those of the graph's other sums. */
  readonly label: string
}

/**
 * Metrics added up. One without data counts as 0: a function that is not called has none, and would
 * make the sum unknown.
 */
export function sum(metrics: readonly IMetric[], options: SumOptions): IMetric {
  return combine(metrics, ' + ', options)
}

/** What is left of a metric without others. One without data counts as 0. */
export function difference(
  whole: IMetric,
  parts: readonly IMetric[],
  options: SumOptions,
): IMetric {
  return combine([whole, ...parts], ' - ', options)
}

function combine(metrics: readonly IMetric[], operator: string, options: SumOptions): IMetric {
  // Ids are the graph's: those of two sums in it must differ.
  const name = options.label.toLowerCase().replaceAll(/[^a-z]/g, '_')
  const usingMetrics = Object.fromEntries(
    metrics.map((metric, index) => [`${name}_${index}`, metric]),
  )
  const terms = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`)
  return new MathExpression({ expression: terms.join(operator), usingMetrics, ...options })
}
