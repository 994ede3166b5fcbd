// The properties with a hundred times the cases, more than two million in all, and the models at full
// length: `npm run test:nightly`.
import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

export default defineConfig({
  test: {
    ...config.test,
    include: [
      'test/property/**/*.test.ts',
      'test/client/model.test.ts',
      // Five seeds of 2,000 steps each on a real stack.
      'test/rooms/rooms.test.ts',
      // They have properties among their tests.
      'test/lambdas/authorize.test.ts',
      'test/lambdas/core/admission.test.ts',
    ],
    reporters: ['verbose'],
    testTimeout: 1_800_000,
    env: { ...config.test?.env, CASES_FACTOR: '100' },
  },
})
