import { rounded } from './statistics.ts'
import { escape, MARGIN, picture, topOf } from './svg.ts'

export interface Panel {
  readonly label: string
  /** Below the label, in a fainter colour. */
  readonly note: string
  /** One for each second, from 0 on. */
  readonly values: readonly number[]
  /** Draws the line in the colour that is looked at first. */
  readonly emphasis?: boolean
}

export interface LineChart {
  readonly title: string
  readonly subtitle: string
  readonly panels: readonly Panel[]
  /** How many seconds are shown. */
  readonly seconds: number
  /** A value that all are held against. */
  readonly rule: { readonly value: number; readonly label: string }
  /** The first seconds, in which all is different. */
  readonly shade: { readonly seconds: number; readonly label: string }
}

/** All in pixels. */
const COLUMNS = 2
const PLOT = { width: 380, height: 110 } as const
const LABEL_HEIGHT = 38
const AXIS_HEIGHT = 26
const AXIS_WIDTH = 46
const GAP = 20

/** Where the axis for values begins: a logarithm knows no 0. */
const LEAST_VALUE = 10

const MOST_TICKS = 9

const STYLE = `
  .label { font-weight: 600 }
  .small { font-size: 11px }
  .shade { fill: #59636e; opacity: .12 }
  .grid { stroke: #d1d9e0 }
  .rule { stroke: #bc4c00; stroke-dasharray: 4 3 }
  .ruled { fill: #bc4c00 }
  .halo { stroke: #ffffff; stroke-width: 3; stroke-opacity: .7; paint-order: stroke }
  .line { fill: none; stroke: #59636e; stroke-width: 1.5; stroke-linejoin: round }
  .area { fill: #9aa6b2; opacity: .35 }
  .emphasis .line { stroke: #0969da; stroke-width: 2 }
  .emphasis .area { fill: #0969da; opacity: .2 }
  @media (prefers-color-scheme: dark) {
    .shade { fill: #9198a1; opacity: .16 }
    .grid { stroke: #3d444d }
    .rule { stroke: #f0883e }
    .ruled { fill: #f0883e }
    .halo { stroke: #0d1117 }
    .line { stroke: #9198a1 }
    .area { fill: #656c76 }
    .emphasis .line { stroke: #4493f8 }
    .emphasis .area { fill: #4493f8 }
  }
`

/** Where seconds and values are in a plot, from its upper left corner. */
interface Scale {
  readonly most: number
  readonly x: (second: number) => number
  readonly y: (value: number) => number
}

/** A small plot for each, with the same axes for all: the one for values is logarithmic. */
export function lineChart(chart: LineChart): string {
  const { title, subtitle, panels } = chart
  const top = topOf({ subtitle }) + GAP / 2
  const scale = scaleOf(chart)
  const cell = {
    width: AXIS_WIDTH + PLOT.width + GAP,
    height: LABEL_HEIGHT + PLOT.height + AXIS_HEIGHT + GAP,
  }
  const content = panels.map((panel, index) => {
    const x = MARGIN + (index % COLUMNS) * cell.width
    const y = top + Math.floor(index / COLUMNS) * cell.height
    return drawPanel(panel, chart, scale, { x, y, isFirst: index === 0 })
  })
  return picture({
    title,
    subtitle,
    width: 2 * MARGIN + COLUMNS * cell.width - GAP,
    height: top + Math.ceil(panels.length / COLUMNS) * cell.height + MARGIN - GAP,
    style: STYLE,
    content,
  })
}

function scaleOf({ panels, seconds, rule }: LineChart): Scale {
  const largest = Math.max(rule.value, ...panels.flatMap(({ values }) => values))
  // A power of ten, so that the axis ends with a number; a little more than that is let stand out.
  const most = 10 ** Math.ceil(Math.log10(Math.max(largest, 10 * LEAST_VALUE)) - 0.05)
  const share = (value: number): number =>
    Math.log10(Math.max(value, LEAST_VALUE) / LEAST_VALUE) / Math.log10(most / LEAST_VALUE)
  return {
    most,
    x: (second) => rounded((second / seconds) * PLOT.width, 1),
    y: (value) => rounded(PLOT.height * (1 - share(value)), 1),
  }
}

function drawPanel(
  { label, note, values, emphasis = false }: Panel,
  chart: LineChart,
  scale: Scale,
  { x, y, isFirst }: { readonly x: number; readonly y: number; readonly isFirst: boolean },
): string {
  const shown = values.slice(0, chart.seconds)
  // A step for each second: what is counted in it is not known any closer.
  const points = shown
    .flatMap((value, second) =>
      [second, second + 1].map((at) => `${scale.x(at)},${scale.y(value)}`),
    )
    .join(' ')
  return [
    `<g class="${emphasis ? 'emphasis' : 'other'}" transform="translate(${x + AXIS_WIDTH} ${y + LABEL_HEIGHT})">`,
    `<text class="label" x="0" y="-24">${escape(label)}</text>`,
    `<text class="faint small" x="0" y="-9">${escape(note)}</text>`,
    ...drawAxes(chart, scale),
    `<polygon class="area" points="0,${PLOT.height} ${points} ${scale.x(shown.length)},${PLOT.height}"/>`,
    `<polyline class="line" points="${points}"/>`,
    `<line class="rule" x1="0" x2="${PLOT.width}" y1="${scale.y(chart.rule.value)}" y2="${scale.y(chart.rule.value)}"/>`,
    ...(isFirst ? drawLegend(chart, scale) : []),
    '</g>',
  ].join('\n')
}

function drawAxes({ seconds, shade }: LineChart, { most, x, y }: Scale): string[] {
  const lines = [
    `<rect class="shade" x="0" y="0" width="${x(Math.min(shade.seconds, seconds))}" height="${PLOT.height}"/>`,
  ]
  for (let value = LEAST_VALUE; value <= most; value *= 10) {
    lines.push(
      `<line class="grid" x1="0" x2="${PLOT.width}" y1="${y(value)}" y2="${y(value)}"/>`,
      `<text class="faint small" x="-6" y="${y(value) + 4}" text-anchor="end">${value.toLocaleString('en-US')}</text>`,
    )
  }
  for (let second = 0; second <= seconds; second += tickSeconds(seconds)) {
    lines.push(
      `<text class="faint small" x="${x(second)}" y="${PLOT.height + 16}" text-anchor="middle">${second} s</text>`,
    )
  }
  return lines
}

/** All plots are alike: one that says what is what is enough. */
function drawLegend({ rule, shade }: LineChart, { x, y }: Scale): string[] {
  return [
    `<text class="faint small halo" x="${x(shade.seconds) - 6}" y="12" text-anchor="end">${escape(shade.label)}</text>`,
    `<text class="ruled small halo" x="${PLOT.width}" y="${y(rule.value) - 5}" text-anchor="end">${escape(rule.label)}</text>`,
  ]
}

/** So many that their numbers do not run into each other. */
function tickSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / MOST_TICKS / 10) * 10)
}
