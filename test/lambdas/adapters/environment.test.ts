import { afterEach, expect, it, vi } from 'vitest'
import { numberFrom, textFrom } from '../../../lambdas/adapters/environment.ts'

afterEach(() => void vi.unstubAllEnvs())

it('a text is what the variable holds', () => {
  vi.stubEnv('NAME', 'value')
  expect(textFrom('NAME')).toBe('value')
})

it.each([
  ['0', 0],
  ['1000', 1_000],
  ['0.8', 0.8],
])('a number is what the variable holds: %s', (text, number) => {
  vi.stubEnv('NUMBER', text)
  expect(numberFrom('NUMBER')).toBe(number)
})

it.each([undefined, ''])('a variable that holds %j is missing, and is named', (value) => {
  vi.stubEnv('NAME', value)
  expect(() => textFrom('NAME')).toThrow('the environment variable NAME is missing')
  expect(() => numberFrom('NAME')).toThrow('the environment variable NAME is missing')
})

it.each(['-1', 'many', '1,000', 'NaN'])('a number is not %s, which is not shown', (text) => {
  vi.stubEnv('NUMBER', text)
  expect(() => numberFrom('NUMBER')).toThrow(
    'the environment variable NUMBER is not a number of 0 or more',
  )
})
