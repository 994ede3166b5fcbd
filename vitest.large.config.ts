import { defineConfig, mergeConfig } from 'vitest/config'
import config from './vitest.config.ts'

/** The tests of the delivery once more, at full size: `npm run test:large`. */
export default mergeConfig(
  { ...config, test: { ...config.test, include: [] } },
  defineConfig({
    test: {
      include: ['test/delivery/local.test.ts'],
      env: { RECIPIENTS: '10000' },
    },
  }),
)
