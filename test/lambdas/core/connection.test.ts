import { describe, expect, it } from 'vitest'
import {
  CONNECTION_TTL_SECONDS,
  expiresAt,
  latestConnected,
} from '../../../lambdas/core/connection.ts'

const CONNECTED_AT_MS = Date.UTC(2026, 0, 1)

describe('a connection', () => {
  it('expires two hours and ten minutes after it was made, in whole seconds', () => {
    expect(CONNECTION_TTL_SECONDS).toBe(7_800)
    expect(expiresAt(1_700_000_000_000)).toBe(1_700_007_800)
    expect(expiresAt(1_700_000_000_999)).toBe(1_700_007_800)
  })

  it.each([
    { milliseconds: 0, connected: false },
    { milliseconds: 29_000, connected: false },
    { milliseconds: 29_999, connected: false },
    { milliseconds: 30_000, connected: true },
    { milliseconds: 3_600_000, connected: true },
    // The clock of the function that wrote the item was ahead.
    { milliseconds: -5_000, connected: false },
  ])('has certainly connected after $milliseconds ms: $connected', (row) => {
    const latest = latestConnected(CONNECTED_AT_MS + row.milliseconds)
    expect(expiresAt(CONNECTED_AT_MS) <= latest).toBe(row.connected)
  })

  it('may have begun so late in its second that 29 s of its handshake are over, and not fewer', () => {
    // Of 30 seconds between the two at least 29 and a thousandth have gone by.
    const [begunMs, nowMs] = [CONNECTED_AT_MS + 999, CONNECTED_AT_MS + 30_000]
    expect(expiresAt(begunMs)).toBe(latestConnected(nowMs))
    expect(nowMs - begunMs).toBeGreaterThan(29_000)
    expect(expiresAt(begunMs)).toBeGreaterThan(latestConnected(nowMs - 1))
  })
})
