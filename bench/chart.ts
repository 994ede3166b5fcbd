import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rounded } from './statistics.ts'
import { escape, MARGIN, picture, topOf } from './svg.ts'

export interface Bar {
  readonly label: string
  /** Not negative. */
  readonly value: number
  /** Beside the label, in a fainter colour. */
  readonly note?: string
  /** Draws the bar in the colour that is looked at first. */
  readonly emphasis?: boolean
}

export interface BarChart {
  readonly title: string
  readonly subtitle?: string
  /** Behind each value, such as `µs`. */
  readonly unit: string
  readonly bars: readonly Bar[]
}

const RESULTS = fileURLToPath(new URL('results/', import.meta.url))

/** All in pixels. */
const LEAST_WIDTH = 720
const ROW_HEIGHT = 46
const BAR_HEIGHT = 16
const LEAST_BAR_WIDTH = 2

/** What a wide letter takes at these sizes: fonts differ, and a text must not reach over the edge. */
const CHARACTER_WIDTH = { title: 11, text: 7.5 }

const STYLE = `
  .bar { fill: #9aa6b2 }
  .emphasis { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    .bar { fill: #656c76 }
    .emphasis { fill: #4493f8 }
  }
`

/** A horizontal bar for each value, longest for the largest, as the text of an SVG file. */
export function barChart({ title, subtitle, unit, bars }: BarChart): string {
  const values = bars.map(({ value }) => `${format(value)} ${unit}`)
  const width = widthOf(title, [subtitle ?? '', ...bars.map(toLine)])
  const top = topOf({ subtitle })
  const height = top + bars.length * ROW_HEIGHT + MARGIN / 2
  const valueWidth = Math.max(0, ...values.map((value) => value.length)) * CHARACTER_WIDTH.text
  const scale =
    (width - 2 * MARGIN - valueWidth) / Math.max(...bars.map(({ value }) => value), 1e-9)
  const content = bars.map((bar, index) =>
    drawBar(bar, values[index] ?? '', top + index * ROW_HEIGHT, bar.value * scale),
  )
  return picture({ title, subtitle, width, height, style: STYLE, content })
}

/** Keeps a chart as `bench/results/NAME.svg`. */
export function writeChart(name: string, svg: string): void {
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(`${RESULTS}${name}.svg`, svg)
}

/** The label above its bar, so that however long it is, it covers nothing. */
function drawBar(bar: Bar, value: string, y: number, length: number): string {
  const { label, note, emphasis = false } = bar
  const width = rounded(Math.max(LEAST_BAR_WIDTH, length), 1)
  const beside = note === undefined ? '' : `<tspan class="faint" dx="8">${escape(note)}</tspan>`
  return [
    `<text x="${MARGIN}" y="${y + 15}">${escape(label)}${beside}</text>`,
    `<rect class="${emphasis ? 'emphasis' : 'bar'}" x="${MARGIN}" y="${y + 21}" width="${width}" height="${BAR_HEIGHT}" rx="3"/>`,
    `<text x="${rounded(MARGIN + width + 8, 1)}" y="${y + 34}">${escape(value)}</text>`,
  ].join('\n')
}

function widthOf(title: string, lines: readonly string[]): number {
  const longest = Math.max(...lines.map((line) => line.length))
  const text = Math.max(title.length * CHARACTER_WIDTH.title, longest * CHARACTER_WIDTH.text)
  return Math.max(LEAST_WIDTH, Math.ceil(text) + 2 * MARGIN)
}

function toLine({ label, note = '' }: Bar): string {
  return `${label}  ${note}`
}

/** Whole from 100 on, and three digits below it. */
function format(value: number): string {
  const digits = value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 }
  return value.toLocaleString('en-US', digits)
}
