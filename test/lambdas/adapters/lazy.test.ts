import { expect, it, vi } from 'vitest'
import { lazy } from '../../../lambdas/adapters/lazy.ts'

it('makes a thing when it is asked for, and once', () => {
  const make = vi.fn(() => ({}))
  const get = lazy(make)
  expect(make).not.toHaveBeenCalled()
  expect(get()).toBe(get())
  expect(make).toHaveBeenCalledTimes(1)
})
