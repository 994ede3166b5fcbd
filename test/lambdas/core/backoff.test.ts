import { expect, it } from 'vitest'
import { fullJitter } from '../../../lambdas/core/backoff.ts'

it.each([
  { retry: 0, random: 0, wait: 0 },
  { retry: 5, random: 0, wait: 0 },
  { retry: 0, random: 0.5, wait: 50 },
  { retry: 1, random: 0.5, wait: 100 },
  { retry: 3, random: 0.5, wait: 400 },
  { retry: 4, random: 0.5, wait: 500 },
  { retry: 500, random: 0.5, wait: 500 },
])('the pause before retry $retry is $wait when chance says $random', (row) => {
  expect(fullJitter(row.retry, 100, 1_000, row.random)).toBe(row.wait)
})
