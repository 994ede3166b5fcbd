import { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { METRICS, METRIC_NAMESPACE } from '../../lib/metrics.ts'
import { Monitoring } from '../../lib/monitoring.ts'
import { nameIn, watchable, WORKER } from '../support/monitored.ts'
import { list, only, record } from '../support/template.ts'

const { stack, parts } = watchable()
new Monitoring(stack, 'Monitoring', parts)
const widgets = widgetsOf(Template.fromStack(stack))

describe('the dashboard', () => {
  it('has rows with a heading each, below the state of the alarms', () => {
    const [alarms, ...rows] = widgets.filter(({ type }) => type !== 'metric')
    expect(alarms).toMatchObject({ type: 'alarm', x: 0, y: 0, width: 24 })
    expect(list(record(alarms?.properties)['alarms'])).toHaveLength(9)
    expect(rows.map(({ properties }) => record(properties)['markdown'])).toEqual([
      '## Connections',
      '## Messages',
      '## Deliveries',
      '## Delivery queue',
      '## Functions',
      '## API Gateway',
    ])
    for (const { width } of rows) expect(width).toBe(24)
  })

  it('has at most three graphs in a row, of one height, with names that differ', () => {
    const graphs = widgets.filter(({ type }) => type === 'metric')
    for (const { y } of graphs) {
      const row = graphs.filter((graph) => graph.y === y)
      expect(row.map(({ x }) => x)).toEqual([0, 8, 16].slice(0, row.length))
    }
    expect(graphs.every(({ width, height }) => width === 8 && height === 6)).toBe(true)
    const titles = graphs.map(({ properties }) => record(properties)['title'])
    expect(new Set(titles).size).toBe(titles.length)
    expect(titles).toHaveLength(17)
  })

  it('shows each metric that the functions write', () => {
    const shown = metrics().filter(({ namespace }) => namespace === METRIC_NAMESPACE)
    expect(new Set(shown.map(({ name }) => name))).toEqual(new Set(Object.values(METRICS)))
  })

  it('shows what API Gateway counts for the stage', () => {
    const shown = metrics().filter(({ namespace }) => namespace === 'AWS/ApiGateway')
    expect(new Set(shown.map(({ name }) => name))).toEqual(
      new Set([
        'ClientError',
        'ConnectCount',
        'MessageCount',
        'IntegrationLatency',
        'IntegrationError',
        'ExecutionError',
      ]),
    )
  })

  it('shows every function’s errors but the authorizer’s, and every one’s duration', () => {
    const functionsWith = (wanted: string): unknown[] =>
      metrics()
        .filter(({ namespace, name }) => namespace === 'AWS/Lambda' && name === wanted)
        .map(({ dimension }) => dimension)
    const others = ['connect', 'disconnect', 'sendmessage', 'default', 'rooms', WORKER]
    expect(functionsWith('Errors')).toEqual(others)
    expect(functionsWith('Duration')).toEqual(['authorize', ...others])
    expect(functionsWith('ConcurrentExecutions')).toEqual(['authorize', ...others])
    expect(functionsWith('Throttles')).toEqual(['authorize', ...others])
  })

  it('counts messages where they are sent or delivered, and refusals wherever frames come', () => {
    const functionsWith = (wanted: string): unknown[] =>
      metrics()
        .filter(({ name }) => name === wanted)
        .map(({ dimension }) => dimension)
    for (const name of ['MessagesToEveryone', 'MessagesToRoom', 'MessagesToUser', 'Queued']) {
      expect(functionsWith(name)).toEqual(['sendmessage', 'default'])
    }
    expect(functionsWith('MessagesPublished')).toEqual([WORKER])
    for (const name of ['BadFrames', 'RateLimited', 'ConnectionsClosedByUs', 'InternalErrors']) {
      expect(functionsWith(name)).toEqual(['sendmessage', 'default', 'rooms'])
    }
  })

  it('shows how many jobs wait, for how long, and the dead letters', () => {
    const shown = metrics().filter(({ namespace }) => namespace === 'AWS/SQS')
    expect(shown.map(({ name }) => name)).toEqual([
      'ApproximateNumberOfMessagesVisible',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesVisible',
    ])
  })

  it('gives each line of a graph a name of its own', () => {
    const labels = widgets.map(({ properties }) =>
      list(record(properties)['metrics'] ?? [])
        .map((metric) => record(list(metric).at(-1)))
        .filter(({ visible }) => visible !== false)
        .map(({ label }) => label),
    )
    for (const ofGraph of labels) {
      expect(ofGraph).not.toContain(undefined)
      expect(new Set(ofGraph).size).toBe(ofGraph.length)
    }
    expect(labels.flat()).toContain('Deliver')
  })
})

interface Widget {
  readonly type: unknown
  readonly x: unknown
  readonly y: unknown
  readonly width: unknown
  readonly height: unknown
  readonly properties: unknown
}

function widgetsOf(template: Template): Widget[] {
  const body = String(only(template, 'AWS::CloudWatch::Dashboard').properties['DashboardBody'])
  return list(record(JSON.parse(body))['widgets']).map((widget) => {
    const { type, x, y, width, height, properties } = record(widget)
    return { type, x, y, width, height, properties }
  })
}

/** Those that a graph reads, its expressions apart. */
function metrics(): { namespace: unknown; name: unknown; dimension: unknown }[] {
  return widgets
    .flatMap(({ properties }) => list(record(properties)['metrics'] ?? []).map(list))
    .filter(([namespace]) => typeof namespace === 'string')
    .map(([namespace, name, , dimension]) => ({ namespace, name, dimension: nameIn(dimension) }))
}
