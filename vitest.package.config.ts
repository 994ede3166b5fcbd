import { defineConfig } from 'vitest/config'

/** `npm run test:package`: what `npm pack` gives, installed from npm's registry into an app. */
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
