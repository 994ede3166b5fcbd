import { afterEach, beforeEach, vi } from 'vitest'

/** The metrics that the code under test writes to the log, parsed; for a whole file of tests. */
export function captureMetrics(): { readonly lines: unknown[]; readonly texts: string[] } {
  const captured: { lines: unknown[]; texts: string[] } = { lines: [], texts: [] }
  beforeEach(() => {
    captured.lines = []
    captured.texts = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      captured.texts.push(String(text))
      captured.lines.push(JSON.parse(String(text)))
      return true
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return captured
}
