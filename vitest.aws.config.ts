// The gateway's tests against a stage on AWS: `npm run test:aws`, see CONTRIBUTING.md.
import { defineConfig } from 'vitest/config'
import { readRemoteUrl } from './test/gateway/remote-url.ts'
import { ContractReporter } from './test/support/contract-reporter.ts'

// Without a URL there is nothing to test: this says what to set.
readRemoteUrl(process.env['SWITCHBOARD_TEST_URL'])

export default defineConfig({
  test: {
    include: ['test/gateway/**/*.test.ts'],
    // Says beside each test that was skipped why.
    reporters: ['verbose', new ContractReporter()],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // An account may have room for ten functions at a time, and no more.
    maxWorkers: 2,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  },
})
