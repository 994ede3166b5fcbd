// The tests of great numbers once more, at full size: `npm run test:large`.
import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

export default defineConfig({
  test: {
    ...config.test,
    include: [
      'test/delivery/*.test.ts',
      'test/end-to-end/thousand-connections.test.ts',
      'test/hostile/*.test.ts',
    ],
    // Says what is done: it takes minutes.
    reporters: ['verbose'],
    env: { ...config.test?.env, TEST_SCALE: 'large' },
  },
})
