import { parseArgs } from 'node:util'
import * as v from 'valibot'
import type { BenchResult } from './bench.ts'
import type { ClientKind } from './herd/client-kind.ts'
import { DEFINITIONS, measure, type Measures } from './herd/measure.ts'
import { PUBLISHED_CLIENTS } from './herd/published.ts'
import { simulateHerd, type Herd, type Outage } from './herd/simulate.ts'
import { SWITCHBOARD } from './herd/switchboard.ts'
import { lineChart } from './line-chart.ts'
import { count } from './options.ts'
import { progressBar } from './progress-bar.ts'

/** Each has its place in memory, and its tries take their time: more would take hours. */
const MAX_CLIENTS = 1_000_000
const MAX_OUTAGE_SECONDS = 3_600

const atMost = (most: number) =>
  v.maxValue<number, number, string>(most, `expected ${most} or less`)

const optionsSchema = v.object({
  clients: v.optional(v.pipe(count, atMost(MAX_CLIENTS)), '10000'),
  outage: v.optional(v.pipe(count, atMost(MAX_OUTAGE_SECONDS)), '30'),
  door: v.optional(count, '500'),
  seed: v.optional(count, '1'),
})

/** How long after the door's opening the picture ends, at most. */
const MOST_SECONDS_SHOWN = 60

const KINDS: readonly ClientKind[] = [...PUBLISHED_CLIENTS, SWITCHBOARD]

/** What came of one kind of client. */
interface Row extends Outage, Measures {
  readonly bench: 'herd'
  readonly client: string
  readonly formula: string
  /** Where the formula was read. */
  readonly source: string
  readonly definitions: typeof DEFINITIONS
}

/**
 * Ten thousand clients lose their lines at once, find the door shut for half a minute, and then one
 * that lets in 500 a second: this project's client, by its own code, beside the published formulas
 * of others. Time is simulated.
 *
 * @returns for each client a row, this project's last:
 * `{"bench":"herd","client","peakPerSecond","peakPerSecondOverall","secondsTo99","gaveUp", …}`
 */
export function herd(args: string[]): BenchResult {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string' },
      outage: { type: 'string' },
      door: { type: 'string' },
      seed: { type: 'string' },
    },
  })
  const { clients, outage: seconds, door, seed } = v.parse(optionsSchema, values)
  const outage = { clients, outageSeconds: seconds, doorPerSecond: door, seed }
  const bar = progressBar(`${clients} clients`)
  const found = KINDS.map((kind, index) => {
    bar(index / KINDS.length)
    const simulated = simulateHerd(kind, outage)
    return { row: toRow(kind, measure(simulated, outage), outage), herd: simulated }
  })
  bar(1)
  const rows = found.map(({ row }) => row)
  return { text: toText(rows, outage), rows, chart: draw(found, outage) }
}

function toRow(kind: ClientKind, measures: Measures, outage: Outage): Row {
  const { name: client, formula, source } = kind
  return {
    bench: 'herd',
    client,
    formula,
    source,
    ...outage,
    ...measures,
    definitions: DEFINITIONS,
  }
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['peak/s', ({ peakPerSecond }) => inWords(peakPerSecond)],
  ['peak/s overall', ({ peakPerSecondOverall }) => inWords(peakPerSecondOverall)],
  ['99 % back', (row) => almostAllBack(row)],
  ['tries each', ({ attemptsPerClient }) => attemptsPerClient.toFixed(1)],
  ['gave up', ({ gaveUp }) => inWords(gaveUp)],
]

function almostAllBack({ secondsTo99 }: Row): string {
  return secondsTo99 === null ? 'never' : `${secondsTo99.toFixed(1)} s`
}

function toText(rows: readonly Row[], outage: Outage): string {
  const nameWidth = Math.max(...rows.map(({ client }) => client.length))
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(nameWidth)}${cells.map((cell) => cell.padStart(16)).join('')}`
  return [
    `${titleOf(outage)}, simulated:`,
    '',
    line(
      '',
      COLUMNS.map(([title]) => title),
    ),
    ...rows.map((row) =>
      line(
        row.client,
        COLUMNS.map(([, read]) => read(row)),
      ),
    ),
    '',
    `peak/s: ${DEFINITIONS.peakPerSecond}.`,
    `peak/s overall: ${DEFINITIONS.peakPerSecondOverall}.`,
    `99 % back: ${DEFINITIONS.secondsTo99.replace('; null: never', '')}.`,
    `All lose their lines within 0.2 s. The door is shut for ${outage.outageSeconds} s, and then lets in`,
    `${outage.doorPerSecond} a second; a try takes 50 to 150 ms.`,
  ].join('\n')
}

function titleOf({ clients, outageSeconds }: Outage): string {
  return `${inWords(clients)} clients come back after an outage of ${outageSeconds} s`
}

function draw(found: readonly { row: Row; herd: Herd }[], outage: Outage): string {
  const { outageSeconds, doorPerSecond } = outage
  return lineChart({
    title: titleOf(outage),
    subtitle:
      'Tries to connect in each second, simulated (logarithmic, 10 and fewer at the bottom); peak, 99 % back: once the door is open',
    seconds: outageSeconds + MOST_SECONDS_SHOWN,
    rule: { value: doorPerSecond, label: `lets in ${doorPerSecond} a second` },
    shade: { seconds: outageSeconds, label: 'the door is shut' },
    panels: [...found.slice(-1), ...found.slice(0, -1)].map(
      ({ row, herd: { attemptsPerSecond } }) => ({
        label: row.client,
        note: noteOf(row),
        values: attemptsPerSecond,
        emphasis: row.client === SWITCHBOARD.name,
      }),
    ),
  })
}

function noteOf(row: Row): string {
  const { peakPerSecond, peakPerSecondOverall, secondsTo99, gaveUp, clients } = row
  const end =
    secondsTo99 === null
      ? `${Math.round((gaveUp / clients) * 100)} % gave up`
      : `99 % back in ${almostAllBack(row)}`
  return `peak ${inWords(peakPerSecond)}/s, ${inWords(peakPerSecondOverall)}/s overall; ${end}`
}

function inWords(value: number): string {
  return value.toLocaleString('en-US')
}
