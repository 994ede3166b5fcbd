import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { randomNumbers } from '../local/faults/random.ts'
import type { BenchResult } from './bench.ts'
import { barChart } from './chart.ts'
import { count } from './options.ts'
import { dollars, NO_OPERATIONS, PRICES } from './prices.ts'
import { progressBar } from './progress-bar.ts'
import { quietConnection } from './simulation/quiet-connection.ts'
import { rounded } from './statistics.ts'

const optionsSchema = v.object({
  runs: v.optional(count, '1000'),
  seed: v.optional(count, '1'),
})

const HOUR_MS = 3_600_000
const DAY_HOURS = 24
const MONTH_DAYS = 30

/** A ping, and its answer. */
const MESSAGES_OF_A_PING = 2

/** What the connect and the disconnect of a connection take; the functions' time is left out. */
const OF_A_CONNECTION = { ...NO_OPERATIONS, invocations: 2, writeUnits: 2 }

/** What many clients do, and what API Gateway's own two hours make of it. */
const USUAL_PING_SECONDS = 30
const LONGEST_CONNECTION_HOURS = 2

const DEFINITIONS = {
  messagesInAnHour: 'pings and their answers; most: in any 60 minutes of any run',
  connectionsInADay: 'the first, and those that replaced it; mean',
  dollarsInAMonth: '30 days; connections: the functions and writes of a connect and a disconnect',
} as const

/** What one way to keep a quiet connection takes. */
interface Row {
  readonly bench: 'idle'
  readonly client: string
  readonly runs: number
  readonly seed: number
  readonly messagesInAnHour: { readonly mean: number; readonly most: number }
  readonly messagesInADay: { readonly mean: number; readonly most: number }
  readonly connectionsInADay: number
  readonly dollarsInAMonth: {
    readonly messages: number
    readonly connections: number
    readonly minutes: number
  }
  readonly definitions: typeof DEFINITIONS
}

/**
 * What a client costs that only stays connected, by its own code in simulated time, beside a ping
 * every 30 seconds: billed messages of an hour and a day, and dollars of a month.
 *
 * @returns for each of the two a row, this project's last:
 * `{"bench":"idle","client","messagesInAnHour":{"mean","most"},"dollarsInAMonth":{"messages",…}, …}`
 */
export function idle(args: string[]): BenchResult {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string' }, seed: { type: 'string' } },
  })
  const { runs, seed } = v.parse(optionsSchema, values)
  const rows = [usual(runs, seed), simulate(runs, seed)]
  return { text: toText(rows), rows, chart: draw(rows) }
}

function simulate(runs: number, seed: number): Row {
  const random = randomNumbers(seed)
  const bar = progressBar(`${runs} days`)
  const days = Array.from({ length: runs }, (_, index) => {
    bar(index / runs)
    return quietConnection(DAY_HOURS * HOUR_MS, random)
  })
  bar(1)
  const inADay = days.map(({ pingsAtMs }) => pingsAtMs.length * MESSAGES_OF_A_PING)
  const mean = inADay.reduce((sum, messages) => sum + messages, 0) / runs
  const connections = days.reduce((sum, { connects }) => sum + connects, 0) / runs
  return toRow({
    client: 'switchboard',
    runs,
    seed,
    messagesInAnHour: {
      mean: rounded(mean / DAY_HOURS, 1),
      most: Math.max(...days.map((day) => mostInAnHour(day.pingsAtMs))) * MESSAGES_OF_A_PING,
    },
    messagesInADay: { mean: rounded(mean, 1), most: Math.max(...inADay) },
    connectionsInADay: rounded(connections, 1),
  })
}

/** The most of these times, which are in order, that are within any one hour. */
export function mostInAnHour(timesMs: readonly number[]): number {
  let most = 0
  let first = 0
  for (const [last, timeMs] of timesMs.entries()) {
    while (timeMs - (timesMs[first] ?? timeMs) >= HOUR_MS) first += 1
    most = Math.max(most, last - first + 1)
  }
  return most
}

function usual(runs: number, seed: number): Row {
  const inAnHour = (HOUR_MS / 1000 / USUAL_PING_SECONDS) * MESSAGES_OF_A_PING
  return toRow({
    client: `a ping every ${USUAL_PING_SECONDS} s`,
    runs,
    seed,
    messagesInAnHour: { mean: inAnHour, most: inAnHour },
    messagesInADay: { mean: inAnHour * DAY_HOURS, most: inAnHour * DAY_HOURS },
    connectionsInADay: DAY_HOURS / LONGEST_CONNECTION_HOURS,
  })
}

function toRow(counted: Omit<Row, 'bench' | 'dollarsInAMonth' | 'definitions'>): Row {
  const messages = counted.messagesInADay.mean * MONTH_DAYS
  const minutes = DAY_HOURS * 60 * MONTH_DAYS
  return {
    bench: 'idle',
    ...counted,
    dollarsInAMonth: {
      messages: rounded(dollars({ ...NO_OPERATIONS, messages }), 5),
      connections: rounded(dollars(OF_A_CONNECTION) * counted.connectionsInADay * MONTH_DAYS, 5),
      minutes: rounded((minutes * PRICES.perMillionConnectionMinutes) / 1e6, 5),
    },
    definitions: DEFINITIONS,
  }
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['an hour', ({ messagesInAnHour }) => messagesInAnHour.mean.toFixed(1)],
  ['at most', ({ messagesInAnHour }) => String(messagesInAnHour.most)],
  ['a day', ({ messagesInADay }) => messagesInADay.mean.toFixed(1)],
  ['at most', ({ messagesInADay }) => String(messagesInADay.most)],
  ['connections', ({ connectionsInADay }) => connectionsInADay.toFixed(1)],
  ['$ messages', ({ dollarsInAMonth }) => dollarsInAMonth.messages.toFixed(4)],
  ['$ connections', ({ dollarsInAMonth }) => dollarsInAMonth.connections.toFixed(4)],
  ['$ minutes', ({ dollarsInAMonth }) => dollarsInAMonth.minutes.toFixed(4)],
]

function toText(rows: readonly Row[]): string {
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(18)}${cells.map((cell) => cell.padStart(14)).join('')}`
  const titles = COLUMNS.map(([title]) => title)
  return [
    `A quiet connection, ${rows[0]?.runs ?? 0} days of it simulated:`,
    '',
    line('', titles),
    ...rows.map((row) =>
      line(
        row.client,
        COLUMNS.map(([, read]) => read(row)),
      ),
    ),
    '',
    'Messages are pings and their answers; at most: in any 60 minutes, or any day.',
    "Connections are a day's. Dollars are a month's, of 30 days, by the prices of us-east-1 in",
    "bench/prices.ts; the functions' time at a connect and a disconnect is left out.",
  ].join('\n')
}

function draw(rows: readonly Row[]): string {
  return barChart({
    title: 'What a quiet connection costs in 30 days',
    subtitle: 'us-east-1, dollars for a thousand connections, simulated',
    unit: '$',
    bars: rows.flatMap(({ client, dollarsInAMonth: { messages, connections, minutes } }, index) => [
      ...(index === 0 ? [{ label: 'to be connected', note: 'either', value: minutes * 1000 }] : []),
      {
        label: client,
        note: 'to stay connected: messages, and connecting again',
        value: (messages + connections) * 1000,
        emphasis: client === 'switchboard',
      },
    ]),
  })
}
