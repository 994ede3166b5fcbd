import { afterEach, beforeEach, vi } from 'vitest'

/**
 * What the code under test logs, as it is when Lambda has put it into lines of JSON; for a whole file
 * of tests.
 */
export function captureLog(): { readonly lines: unknown[] } {
  const captured: { lines: unknown[] } = { lines: [] }
  beforeEach(() => {
    captured.lines = []
    vi.spyOn(console, 'error').mockImplementation((message: unknown) => {
      captured.lines.push(JSON.parse(JSON.stringify(message)))
    })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return captured
}
