import { describe, expect, it } from 'vitest'
import { barChart, type Bar } from '../../bench/chart.ts'

const BARS: readonly Bar[] = [
  { label: 'one', value: 400 },
  { label: 'other', value: 100, note: 'a quarter', emphasis: true },
]

describe('a bar chart', () => {
  it('has a bar as long as its value says, with the value behind it', () => {
    const svg = barChart({ title: 'CPU', unit: 'µs', bars: BARS })
    const [longest = 0, short = 0] = barsIn(svg).map(({ width }) => width)
    expect(longest / short).toBeCloseTo(4, 1)
    expect(svg).toContain('>400 µs<')
    expect(svg).toContain('>100 µs<')
  })

  it('keeps all values within its width', () => {
    const svg = barChart({ title: 'CPU', unit: 'deliveries a second', bars: BARS })
    const width = Number(/<svg [^>]*width="(\d+)"/.exec(svg)?.[1])
    const longest = Math.max(...barsIn(svg).map((bar) => bar.width))
    expect(longest).toBeGreaterThan(width / 3)
    expect(longest + '400 deliveries a second'.length * 7).toBeLessThan(width)
  })

  it('shows one bar before the others', () => {
    const svg = barChart({ title: 'CPU', unit: 'µs', bars: BARS })
    expect(barsIn(svg).map(({ kind }) => kind)).toEqual(['bar', 'emphasis'])
  })

  it.each([
    { value: 0, text: '0 s' },
    { value: 0.01234, text: '0.0123 s' },
    { value: 99.94, text: '99.9 s' },
    { value: 1_234_567.8, text: '1,234,568 s' },
  ])('says $value as $text', ({ value, text }) => {
    const svg = barChart({ title: 'Time', unit: 's', bars: [{ label: 'one', value }] })
    expect(svg).toContain(`>${text}<`)
    expect(svg).not.toContain('NaN')
  })

  it('escapes what it is told', () => {
    const bars = [{ label: '<b>', value: 1, note: '1 < 2 & "so"' }]
    const svg = barChart({ title: 'a & b', subtitle: '<i>', unit: '<u>', bars })
    expect(svg).not.toMatch(/<[biu]>|& /)
    expect(svg).toContain('1 &lt; 2 &amp; &quot;so&quot;')
  })

  it('grows with its longest text', () => {
    const bars = [{ label: 'x'.repeat(200), value: 1 }]
    const svg = barChart({ title: 'CPU', unit: 'µs', bars })
    expect(Number(/<svg [^>]*width="(\d+)"/.exec(svg)?.[1])).toBeGreaterThan(1_400)
  })

  it('has colours for a dark page', () => {
    const svg = barChart({ title: 'CPU', unit: 'µs', bars: [] })
    expect(svg).toContain('prefers-color-scheme: dark')
  })
})

function barsIn(svg: string): { kind: string | undefined; width: number }[] {
  return [...svg.matchAll(/<rect class="(bar|emphasis)"[^>]*? width="([\d.]+)"/g)].map(
    ([, kind, width]) => ({ kind, width: Number(width) }),
  )
}
