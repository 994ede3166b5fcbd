// The tests in a browser, which `npm test` does without: `npm run test:browser`.
import { defineConfig } from 'vitest/config'
import config from './vitest.config.ts'

export default defineConfig({
  test: {
    ...config.test,
    include: ['test/browser/**/*.test.ts'],
    exclude: [],
    globalSetup: ['test/support/global-setup.ts', 'test/browser/support/browser-server.ts'],
    // Says what is done: it takes a while.
    reporters: ['verbose'],
  },
})
