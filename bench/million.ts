import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { resolveSettings, type DeliverySettings } from '../lib/delivery-settings.ts'
import type { BenchResult } from './bench.ts'
import { barChart } from './chart.ts'
import { count, counts } from './options.ts'
import { dollars } from './prices.ts'
import { progressBar } from './progress-bar.ts'
import { BAD_DAY, GOOD_DAY, USUAL_DAY, type Conditions } from './simulation/conditions.ts'
import { Simulation } from './simulation/simulate.ts'
import { rounded } from './statistics.ts'

const DAYS: ReadonlyMap<string, Conditions> = new Map([
  ['good', GOOD_DAY],
  ['usual', USUAL_DAY],
  ['bad', BAD_DAY],
])

const optionsSchema = v.pipe(
  v.object({
    recipients: v.optional(counts, '10000,100000,1000000,10000000'),
    quota: v.optional(count, '10000'),
    rate: v.optional(count),
    workers: v.optional(count, '10'),
    day: v.optional(v.picklist([...DAYS.keys()]), 'usual'),
    seed: v.optional(count, '1'),
  }),
  v.transform(({ rate, workers, ...others }) => ({
    ...others,
    settings: { postsPerSecond: rate ?? others.quota, maxConcurrency: workers },
  })),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    try {
      resolveSettings(dataset.value.settings)
    } catch (error) {
      // Workers are maxConcurrency there, and the rate is postsPerSecond.
      addIssue({ message: error instanceof Error ? error.message : String(error) })
    }
  }),
)

/** One size of audience. */
interface Row {
  readonly recipients: number
  /** Until the last recipient had it. */
  readonly seconds: number
  /** The least that the quota allows: its burst at once, and the rest at its rate. */
  readonly floorSeconds: number
  /** Recipients that are there, did not get it, and are not in the dead-letter queue either. */
  readonly lost: number
  readonly givenUp: number
  /** Copies beyond the first, which clients drop. */
  readonly duplicates: number
  readonly workers: number
  readonly invocations: number
  readonly longestWorkerSeconds: number
  /** Workers that their timeout ended. */
  readonly timeouts: number
  /** Posts that were answered with 429, as a share of all. */
  readonly throttled: number
  readonly dollars: number
}

/** Bytes of an item in the table, and of a unit of reading. */
const ITEM_BYTES = 50
const READ_UNIT_BYTES = 4_096
const GIGABYTES = 0.5

/**
 * A message to 10,000 up to 10 million on a simulated account: the code that plans, paces, retries
 * and pushes is what deploys; time, @connections, the table, the queue and Lambda are simulated, with
 * the assumptions of `simulation/conditions.ts`. The rate is the account's full default quota.
 *
 * @returns for each size a row: `{"recipients","seconds","lost","longestWorkerSeconds", …}`
 */
export async function million(args: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      recipients: { type: 'string' },
      quota: { type: 'string' },
      rate: { type: 'string' },
      workers: { type: 'string' },
      day: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const { recipients, quota, settings, day, seed } = v.parse(optionsSchema, values)
  const conditions = {
    ...(DAYS.get(day) ?? USUAL_DAY),
    quotaPerSecond: quota,
    // As with the default: half of the rate.
    quotaBurst: quota / 2,
  }
  const rows: Row[] = []
  for (const size of recipients) rows.push(await simulate(size, settings, conditions, seed))
  const { maxConcurrency: workers, postsPerSecond: rate } = settings
  const title = `A message to many on a ${day} day, ${workers} workers, ${rate} posts a second`
  return { text: `${title}, simulated:\n\n${table(rows)}`, rows, chart: draw(title, rows) }
}

async function simulate(
  recipients: number,
  settings: DeliverySettings,
  conditions: Conditions,
  seed: number,
): Promise<Row> {
  const bar = progressBar(`${recipients} recipients`)
  const simulation = new Simulation({ recipients, settings, conditions, seed, onProgress: bar })
  await simulation.broadcast()
  bar(1)
  const { audience, account, workers, queue, deadLetterQueue, lastMs } = simulation
  const givenUp = simulation.givenUp()
  const missing = audience.missing()
  return {
    recipients,
    seconds: lastMs / 1000,
    floorSeconds: Math.max(0, recipients - conditions.quotaBurst) / conditions.quotaPerSecond,
    lost: missing.filter((connectionId) => !givenUp.has(connectionId)).length,
    givenUp: givenUp.size,
    duplicates: audience.duplicates,
    workers: workers.mostRunning,
    invocations: workers.invocations,
    longestWorkerSeconds: workers.longestMs / 1000,
    timeouts: workers.timeouts,
    throttled: rounded(account.throttled / account.posts, 4),
    dollars: dollars({
      messages: audience.received + audience.duplicates,
      invocations: workers.invocations + 1,
      gigabyteSeconds: (workers.billedMs / 1000) * GIGABYTES,
      readUnits: Math.ceil((recipients * ITEM_BYTES) / READ_UNIT_BYTES),
      writeUnits: audience.pruned().length,
      queueRequests: queue.billedRequests + deadLetterQueue.billedRequests,
    }),
  }
}

function table(rows: readonly Row[]): string {
  const header = [
    'recipients',
    'seconds',
    'the least',
    'lost',
    'given up',
    'twice',
    'workers',
    'longest',
    'throttled',
    'dollars',
  ]
  const lines = rows.map((row) => [
    row.recipients.toLocaleString('en-US'),
    row.seconds.toFixed(1),
    row.floorSeconds.toFixed(1),
    String(row.lost),
    String(row.givenUp),
    row.duplicates.toLocaleString('en-US'),
    String(row.workers),
    `${row.longestWorkerSeconds.toFixed(1)} s`,
    `${(row.throttled * 100).toFixed(1)} %`,
    row.dollars.toFixed(4),
  ])
  const widths = header.map((name, column) =>
    Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)),
  )
  return [header, ...lines]
    .map((line) => `  ${line.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')}`)
    .join('\n')
}

function draw(title: string, rows: readonly Row[]): string {
  return barChart({
    title,
    subtitle:
      'Seconds until the last recipient has it, simulated, and the least that the quota allows',
    unit: 's',
    bars: rows.flatMap(({ recipients, seconds, floorSeconds, lost, dollars: price }) => [
      {
        label: `${recipients.toLocaleString('en-US')} recipients`,
        note: `${lost} lost, $${price.toFixed(2)}`,
        value: seconds,
        emphasis: true,
      },
      { label: 'the least', value: floorSeconds },
    ]),
  })
}
