// The pictures of the console in docs/: `npm run screenshot`.
import { defineConfig } from 'vitest/config'
import config from './vitest.browser.config.ts'

export default defineConfig({
  test: { ...config.test, include: ['test/browser/console-pictures.ts'] },
})
