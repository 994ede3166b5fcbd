import { afterEach, beforeEach, vi } from 'vitest'

/** The lines that the code under test writes to the log, parsed; for a whole file of tests. */
export function captureLog(): { readonly lines: unknown[] } {
  const captured: { lines: unknown[] } = { lines: [] }
  beforeEach(() => {
    captured.lines = []
    vi.spyOn(console, 'error').mockImplementation((line: unknown) => {
      captured.lines.push(JSON.parse(String(line)))
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return captured
}
