// The tests of the delivery once more, at full size: `npm run test:large`.
import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

export default defineConfig({
  test: {
    ...config.test,
    include: ['test/delivery/local.test.ts'],
    // Says what is done: it takes minutes.
    reporters: ['verbose'],
    env: { ...config.test?.env, RECIPIENTS: '10000' },
  },
})
