import { afterEach, beforeEach, vi } from 'vitest'

/** The metrics that the code under test writes to the log, parsed; for a whole file of tests. */
export function captureMetrics(): { readonly lines: unknown[] } {
  const captured: { lines: unknown[] } = { lines: [] }
  beforeEach(() => {
    captured.lines = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      captured.lines.push(JSON.parse(String(text)))
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return captured
}
