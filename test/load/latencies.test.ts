import { describe, expect, it } from 'vitest'
import { Latencies } from '../../load/latencies.ts'

describe('latencies', () => {
  it('have percentiles that are 2 % off at most, and an exact maximum', () => {
    const latencies = new Latencies()
    for (let value = 1; value <= 1_000; value += 1) latencies.add(value)
    const { p50 = 0, p90 = 0, p99 = 0, max } = latencies.percentiles() ?? {}
    expect(p50 / 500).toBeCloseTo(1.01, 1)
    expect(p50).toBeGreaterThanOrEqual(500)
    expect(p50).toBeLessThanOrEqual(511)
    expect(p90).toBeGreaterThanOrEqual(900)
    expect(p90).toBeLessThanOrEqual(919)
    expect(p99).toBeGreaterThanOrEqual(990)
    expect(p99).toBeLessThanOrEqual(1_000)
    expect(max).toBe(1_000)
    expect(latencies.count).toBe(1_000)
  })

  it('have none when nothing was measured', () => {
    expect(new Latencies().percentiles()).toBeUndefined()
  })

  it('take what is very short and very long', () => {
    const latencies = new Latencies()
    latencies.add(0)
    latencies.add(1e9)
    expect(latencies.percentiles()).toMatchObject({ max: 1e9 })
  })
})
