import { describe, expect, it } from 'vitest'
import {
  CONNECTION_TTL_SECONDS,
  expiresAt,
  hasExpired,
  mayBeConnecting,
} from '../../../lambdas/core/connection.ts'

const CONNECTED_AT_MS = Date.UTC(2026, 0, 1)
const connection = { connectionId: 'A=', expiresAt: expiresAt(CONNECTED_AT_MS) }

describe('a connection', () => {
  it('expires two hours and ten minutes after it was made, in whole seconds', () => {
    expect(CONNECTION_TTL_SECONDS).toBe(7_800)
    expect(expiresAt(1_700_000_000_000)).toBe(1_700_007_800)
    expect(expiresAt(1_700_000_000_999)).toBe(1_700_007_800)
  })

  it.each([
    { secondsLater: 7_799, expired: false },
    { secondsLater: 7_800, expired: true },
    { secondsLater: 86_400, expired: true },
  ])('has expired after $secondsLater s: $expired', ({ secondsLater, expired }) => {
    expect(hasExpired(connection, CONNECTED_AT_MS + secondsLater * 1_000)).toBe(expired)
  })

  it.each([
    { milliseconds: 0, connecting: true },
    { milliseconds: 29_000, connecting: true },
    { milliseconds: 29_999, connecting: true },
    { milliseconds: 30_000, connecting: false },
    { milliseconds: 3_600_000, connecting: false },
    // The clock of the function that wrote the item was ahead.
    { milliseconds: -5_000, connecting: true },
  ])('may be connecting after $milliseconds ms: $connecting', ({ milliseconds, connecting }) => {
    expect(mayBeConnecting(connection, CONNECTED_AT_MS + milliseconds)).toBe(connecting)
  })
})
