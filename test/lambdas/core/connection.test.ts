import { describe, expect, it } from 'vitest'
import {
  CONNECTION_TTL_SECONDS,
  latestConnected,
  newConnection,
} from '../../../lambdas/core/connection.ts'

const NOW_MS = Date.UTC(2026, 0, 1)
const NOW_SECONDS = NOW_MS / 1_000

describe('a connection', () => {
  it('expires two hours and ten minutes after it was made, in whole seconds', () => {
    expect(CONNECTION_TTL_SECONDS).toBe(7_800)
    for (const milliseconds of [0, 999]) {
      const made = newConnection({ connectionId: 'A=' }, NOW_MS + milliseconds)
      expect(made).toEqual({
        connectionId: 'A=',
        expiresAt: NOW_SECONDS + 7_800,
        tat: NOW_MS + milliseconds,
      })
    }
  })

  it.each([
    { token: 'sooner', expiresAt: NOW_SECONDS + 5, expected: NOW_SECONDS + 5 },
    { token: 'within a second', expiresAt: NOW_SECONDS + 5.9, expected: NOW_SECONDS + 5 },
    { token: 'already', expiresAt: NOW_SECONDS - 5, expected: NOW_SECONDS - 5 },
    { token: 'at the same time', expiresAt: NOW_SECONDS + 7_800, expected: NOW_SECONDS + 7_800 },
    { token: 'later', expiresAt: NOW_SECONDS + 7_801, expected: NOW_SECONDS + 7_800 },
    { token: 'nobody knows when', expiresAt: Number.NaN, expected: 0 },
  ])('expires with its token, when that does $token', ({ expiresAt, expected }) => {
    const made = newConnection({ connectionId: 'A=', user: 'alice', expiresAt }, NOW_MS)
    expect(made).toEqual({ connectionId: 'A=', expiresAt: expected, tat: NOW_MS })
  })

  it.each([
    { milliseconds: 0, connected: false },
    { milliseconds: 29_999, connected: false },
    { milliseconds: 30_000, connected: true },
    { milliseconds: 3_600_000, connected: true },
    // The clock of the function that wrote the item was ahead.
    { milliseconds: -5_000, connected: false },
  ])('has certainly connected after $milliseconds ms: $connected', (row) => {
    // Whatever its token allows: a short one is no older connection.
    const { tat } = newConnection({ connectionId: 'A=', expiresAt: NOW_SECONDS + 5 }, NOW_MS)
    expect(tat <= latestConnected(NOW_MS + row.milliseconds)).toBe(row.connected)
  })
})
