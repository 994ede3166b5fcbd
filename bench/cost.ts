import { once, EventEmitter } from 'node:events'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { startLocal, type Local } from '../local/index.ts'
import type { BenchResult } from './bench.ts'
import { barChart } from './chart.ts'
import { Meter } from './meter.ts'
import { MeteredClient } from './metered-client.ts'
import { dollars, PRICES, type Operations } from './prices.ts'
import { progressBar } from './progress-bar.ts'
import { reportingAssembly } from './reporting-assembly.ts'
import { rounded } from './statistics.ts'

/** One event is as good as another for counts; for times their mean is better. */
const REPEATS = 10

/** They live in this process, beside the gateway. */
const MAX_CLIENTS = 1_000

/** How many connect at a time. */
const AT_A_TIME = 20

/** What a message carries: with its envelope, far from the 32 KB that count twice. */
const DATA = 'x'.repeat(100)

const sizes = v.pipe(
  v.string(),
  v.regex(/^\d+(,\d+)*$/, 'expected numbers with commas between them, such as 2,100,500'),
  v.transform((text) => text.split(',').map(Number)),
  v.array(v.pipe(v.number(), v.minValue(2), v.maxValue(MAX_CLIENTS))),
  v.transform((counts) => counts.toSorted((a, b) => a - b)),
)
const optionsSchema = v.object({
  clients: v.optional(sizes, '2,10,100,500'),
  assembly: v.optional(v.string()),
  dynamodb: v.optional(v.pipe(v.string(), v.url())),
})

/** What one event takes, and a million of them cost. */
interface Cost extends Operations {
  readonly event: string
  readonly dollarsPerMillion: number
}

/**
 * Counts what AWS would bill for each event, as the local runtime sees it happen with warm functions.
 * Counts are exact for this stack; the functions' time is this machine's. Left out: connection
 * minutes, logs, and the receives by which Lambda's poller finds its queue empty.
 *
 * @returns one row:
 * `{"connect":{"writeUnits",…},"disconnect","ping","private","broadcasts":[{"clients",…}]}`
 */
export async function cost(args: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string' },
      assembly: { type: 'string' },
      dynamodb: { type: 'string' },
    },
  })
  const { clients, assembly: given, dynamodb } = v.parse(optionsSchema, values)
  await using assembly = await reportingAssembly(given)
  const local = await startLocal({
    assembly: assembly.directory,
    dynamodbUrl: dynamodb,
    quotas: { newConnectionsPerSecond: MAX_CLIENTS },
  })
  try {
    const costs = await new Ledger(local, clients).measure()
    return { text: toTable(costs), rows: [toRow(costs, clients)], chart: draw(costs, clients) }
  } finally {
    await local.close()
  }
}

class Ledger {
  readonly #local: Local
  readonly #meter: Meter
  readonly #sizes: readonly number[]
  readonly #clients: MeteredClient[] = []
  readonly #happenings = new EventEmitter()

  constructor(local: Local, counts: readonly number[]) {
    this.#local = local
    this.#meter = new Meter(local)
    this.#sizes = counts
    local.trace.subscribe(({ kind }) => void this.#happenings.emit(kind))
  }

  async measure(): Promise<Cost[]> {
    const steps = 4 + this.#sizes.length
    const bar = progressBar('counting')
    const costs: Cost[] = []
    const note = (counted: Cost): void => {
      costs.push(counted)
      bar(costs.length / steps)
    }
    await this.#connectUpTo(2)
    note(await this.#each('connect', () => this.#connect()))
    note(await this.#each('disconnect', () => this.#disconnect()))
    note(
      await this.#each('ping', async () => {
        await this.#ping()
      }),
    )
    note(await this.#private())
    for (const size of this.#sizes) {
      await this.#connectUpTo(size)
      note(await this.#each(`broadcast to ${size}`, () => this.#broadcast()))
    }
    return costs
  }

  /** What an event takes: the mean of several, after one that is for warming up. */
  async #each(event: string, happen: () => Promise<void>): Promise<Cost> {
    const repeats = event === 'disconnect' ? REPEATS - 1 : REPEATS
    await happen()
    await this.#meter.read()
    this.#meter.restart()
    for (let count = 0; count < repeats; count += 1) await happen()
    const total = await this.#meter.read()
    const operations = {
      messages: total.messages / repeats,
      invocations: total.invocations / repeats,
      gigabyteSeconds: total.gigabyteSeconds / repeats,
      readUnits: total.readUnits / repeats,
      writeUnits: total.writeUnits / repeats,
      queueRequests: total.queueRequests / repeats,
    }
    const dollarsPerMillion = rounded(dollars(operations) * 1e6, 3)
    return { event, ...operations, dollarsPerMillion }
  }

  async #connect(): Promise<void> {
    this.#clients.push(await MeteredClient.connect(this.#local.url, this.#meter))
  }

  async #disconnect(): Promise<void> {
    // Until it has run: the next one would find it busy, and begin cold.
    const told = once(this.#happenings, 'invocation')
    await this.#clients.pop()?.close()
    await told
  }

  async #ping(): Promise<string> {
    const [client] = this.#clients
    client?.send({ action: 'ping' })
    return (await client?.take('{"type":"pong"')) ?? ''
  }

  async #private(): Promise<Cost> {
    const [recipient, sender] = this.#clients
    const pong = v.parse(v.object({ connectionId: v.string() }), JSON.parse(await this.#ping()))
    return this.#each('private message', async () => {
      sender?.send({ action: 'sendmessage', to: pong.connectionId, data: DATA })
      await Promise.all([recipient?.take('{"type":"message"'), sender?.take('{"type":"ack"')])
    })
  }

  async #broadcast(): Promise<void> {
    const [sender] = this.#clients
    sender?.send({ action: 'sendmessage', data: DATA })
    await Promise.all(this.#clients.map((client) => client.take('{"type":"message"')))
    await sender?.take('{"type":"ack"')
  }

  async #connectUpTo(count: number): Promise<void> {
    while (this.#clients.length < count) {
      const next = Math.min(AT_A_TIME, count - this.#clients.length)
      await Promise.all(Array.from({ length: next }, () => this.#connect()))
    }
  }
}

const COLUMNS = [
  ['messages', (one: Cost) => one.messages],
  ['invocations', (one: Cost) => one.invocations],
  ['GB-seconds', (one: Cost) => one.gigabyteSeconds.toFixed(5)],
  ['reads', (one: Cost) => one.readUnits],
  ['writes', (one: Cost) => one.writeUnits],
  ['queue requests', (one: Cost) => one.queueRequests],
  ['$ per million', (one: Cost) => one.dollarsPerMillion.toFixed(2)],
] as const

function toTable(costs: readonly Cost[]): string {
  const row = (event: string, cells: readonly (string | number)[]): string =>
    event.padEnd(20) + cells.map((cell) => String(cell).padStart(15)).join('')
  return [
    row(
      '',
      COLUMNS.map(([title]) => title),
    ),
    ...costs.map((one) =>
      row(
        one.event,
        COLUMNS.map(([, read]) => read(one)),
      ),
    ),
    '',
    `A connection that stays open costs $${PRICES.perMillionConnectionMinutes} per million minutes more.`,
    "GB-seconds are this machine's. Prices are those of us-east-1 in bench/prices.ts.",
  ].join('\n')
}

function toRow(costs: readonly Cost[], counts: readonly number[]): object {
  const [connect, disconnect, ping, toOne, ...broadcasts] = costs.map(
    ({ event: _event, ...others }) => others,
  )
  return {
    connect,
    disconnect,
    ping,
    private: toOne,
    broadcasts: broadcasts.map((broadcast, index) => ({ clients: counts[index], ...broadcast })),
    prices: PRICES,
  }
}

/** A broadcast beside a connect would be a bar beside a dot: it is drawn by the recipient. */
function draw(costs: readonly Cost[], counts: readonly number[]): string {
  const [connect, disconnect, ping, toOne, ...broadcasts] = costs
  const single = [connect, disconnect, ping, toOne].filter((one) => one !== undefined)
  const bars = [
    ...single.map(({ event, dollarsPerMillion }) => ({ label: event, value: dollarsPerMillion })),
    ...broadcasts.map(({ event, dollarsPerMillion }, index) => ({
      label: event,
      note: 'by the recipient',
      value: dollarsPerMillion / (counts[index] ?? 1),
      emphasis: true,
    })),
  ]
  const subtitle = 'us-east-1, dollars for a million, without connection minutes'
  return barChart({ title: 'What a million of each cost', subtitle, unit: '$', bars })
}
