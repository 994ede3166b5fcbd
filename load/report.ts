import { barChart } from '../bench/chart.ts'
import type { Percentiles } from './latencies.ts'
import type { Outcome } from './load.ts'
import type { Options } from './options.ts'

/** The result, as `--json` prints it. */
export function summarize({ tally, sendingSeconds, stopped }: Outcome, options: Options) {
  const perSecond = (count: number): number =>
    sendingSeconds > 0 ? Math.round((count / sendingSeconds) * 10) / 10 : 0
  const { connected, sent, queued, accepted, gone, failed, acks, deliveries } = tally
  return {
    connections: { wanted: options.connections, connected },
    messages: { sent, acknowledged: acks.count, queued },
    deliveries: { received: deliveries.count, accepted, gone, failed },
    perSecond: { sent: perSecond(sent), received: perSecond(deliveries.count) },
    ackMilliseconds: acks.percentiles() ?? null,
    deliveryMilliseconds: deliveries.percentiles() ?? null,
    errors: Object.fromEntries([...tally.errors].toSorted(([, a], [, b]) => b - a)),
    stopped,
  }
}

export type Summary = ReturnType<typeof summarize>

export function toText(summary: Summary): string {
  const { connections, messages, deliveries, perSecond, errors, stopped } = summary
  const kinds = Object.entries(errors).map(
    ([kind, count]) => `  ${String(count).padStart(8)}  ${kind}`,
  )
  return [
    ...(stopped ? ['Stopped before its end.', ''] : []),
    `connections  ${connections.connected} of ${connections.wanted}`,
    `messages     ${messages.sent} sent, ${messages.acknowledged} acknowledged, ${messages.queued} of them queued`,
    `deliveries   ${deliveries.received} received of ${deliveries.accepted} accepted, ${deliveries.gone} gone, ${deliveries.failed} failed`,
    `a second     ${perSecond.sent} sent, ${perSecond.received} received`,
    '',
    `milliseconds      p50       p90       p99       max`,
    `ack         ${row(summary.ackMilliseconds)}`,
    `delivery    ${row(summary.deliveryMilliseconds)}`,
    '',
    ...(kinds.length > 0 ? ['errors', ...kinds] : ['no errors']),
  ].join('\n')
}

/** The percentiles as bars. */
export function toChart(summary: Summary): string {
  const bars = [
    ...toBars('ack', summary.ackMilliseconds),
    ...toBars('delivery', summary.deliveryMilliseconds),
  ]
  const { sent } = summary.perSecond
  const subtitle = `${summary.connections.connected} connections, ${sent} messages a second`
  return barChart({ title: 'How long acks and deliveries took', subtitle, unit: 'ms', bars })
}

function toBars(label: string, percentiles: Percentiles | null) {
  if (!percentiles) return []
  return (['p50', 'p90', 'p99', 'max'] as const).map((note) => ({
    label,
    note,
    value: percentiles[note],
    emphasis: note === 'p50',
  }))
}

function row(percentiles: Percentiles | null): string {
  if (!percentiles) return 'none'
  const { p50, p90, p99, max } = percentiles
  return [p50, p90, p99, max].map((value) => value.toFixed(1).padStart(9)).join(' ')
}
