import { describe, expect, it } from 'vitest'
import { lineChart, type LineChart } from '../../bench/line-chart.ts'

const CHART: LineChart = {
  title: 'Tries',
  subtitle: 'in each second',
  seconds: 4,
  rule: { value: 100, label: 'let in' },
  shade: { seconds: 2, label: 'shut' },
  panels: [
    { label: 'ours', note: 'at most 1,000', values: [1_000, 100, 10, 0], emphasis: true },
    { label: 'theirs', note: 'at most 10,000', values: [10_000, 10_000] },
  ],
}

describe('a line chart', () => {
  it('has a step for each second, as high as the logarithm of its value', () => {
    const [ours = []] = linesIn(lineChart(CHART))
    const [first, second, third, fourth] = ours.filter((_, index) => index % 2 === 0)
    expect(ours).toHaveLength(8)
    // From 10 to 10,000 in three equal parts; what is less than 10 is drawn as 10.
    const part = ((third?.y ?? 0) - (first?.y ?? 0)) / 2
    expect(part).toBeGreaterThan(10)
    expect(second?.y).toBeCloseTo((first?.y ?? 0) + part, 0)
    expect(fourth?.y).toBe(third?.y)
    expect(ours[1]).toEqual({ x: ours[2]?.x, y: first?.y })
  })

  it('draws all panels by the same axes', () => {
    const svg = lineChart(CHART)
    const [ours, theirs] = linesIn(svg)
    expect(theirs?.[0]).toEqual({ x: ours?.[0]?.x, y: 0 })
    expect(theirs?.at(-1)?.x).toBe(ours?.[3]?.x)
    expect(svg.match(/>10,000</g)).toHaveLength(2)
  })

  it('draws the rule at its value, and shades the first seconds', () => {
    const svg = lineChart(CHART)
    const [ours = []] = linesIn(svg)
    expect(svg).toMatch(new RegExp(`class="rule"[^>]* y1="${ours[2]?.y}"`))
    expect(svg).toMatch(new RegExp(`class="shade"[^>]* width="${ours[4]?.x}"`))
  })

  it('says once what the rule and the shade are', () => {
    const svg = lineChart(CHART)
    expect(svg.match(/>let in</g)).toHaveLength(1)
    expect(svg.match(/>shut</g)).toHaveLength(1)
  })

  it('ends the picture where it is told to', () => {
    const [ours] = linesIn(lineChart({ ...CHART, seconds: 2 }))
    expect(ours).toHaveLength(4)
    const [line] = linesIn(lineChart({ ...CHART, seconds: 1, shade: { seconds: 3, label: '' } }))
    expect(line?.at(-1)?.x).toBeGreaterThan(100)
  })

  it.each([10, 90, 100, 600, 3_660])('has axis numbers of %i s that do not touch', (seconds) => {
    const svg = lineChart({ ...CHART, seconds })
    const count = [...svg.matchAll(/>\d+ s</g)].length / CHART.panels.length
    expect(count).toBeGreaterThan(1)
    expect(count).toBeLessThanOrEqual(11)
  })

  it('shows one line before the others', () => {
    const kinds = [...lineChart(CHART).matchAll(/<g class="(\w+)"/g)].map(([, kind]) => kind)
    expect(kinds).toEqual(['emphasis', 'other'])
  })

  it('escapes what it is told', () => {
    const panels = [{ label: '<b>', note: '1 < 2 & "so"', values: [] }]
    const svg = lineChart({ ...CHART, title: 'a & b', subtitle: '<i>', panels })
    expect(svg).not.toMatch(/<[bi]>|& /)
    expect(svg).toContain('1 &lt; 2 &amp; &quot;so&quot;')
    expect(svg).not.toContain('NaN')
  })

  it('has colours for a dark page', () => {
    expect(lineChart(CHART)).toContain('prefers-color-scheme: dark')
  })
})

interface Point {
  readonly x: number
  readonly y: number
}

function linesIn(svg: string): Point[][] {
  return [...svg.matchAll(/<polyline class="line" points="([^"]*)"/g)].map(([, points = '']) =>
    points.split(' ').map((point) => {
      const [x = Number.NaN, y = Number.NaN] = point.split(',').map(Number)
      return { x, y }
    }),
  )
}
