import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { ContractReporter } from './test/support/contract-reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They have configurations of their own: not everybody has a browser, or wants to install a package.
    exclude: ['test/browser/**', 'test/package/**'],
    reporters: [
      'default',
      // As without this list.
      ...(process.env['GITHUB_ACTIONS'] === 'true' ? ['github-actions'] : []),
      new ContractReporter(),
    ],
    globalSetup: 'test/support/global-setup.ts',
    // Real servers and cold starts on a machine with two cores.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Much of the time goes by in waiting, for other processes and for lines to close: another one
    // than there are cores has something to do meanwhile.
    maxWorkers: availableParallelism() + 1,
    // A worker loads the SDK and the CDK once, not for each file: a file restores what it replaces.
    isolate: false,
    // A test that leaves something running would keep its worker alive: say so instead of hanging.
    teardownTimeout: 5_000,
    env: {
      // The SDK warns of Node 20; the Lambdas run on nodejs24.x.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      // CDK's validation of a finished template takes seconds: once, of our own, is enough.
      CDK_VALIDATION: 'false',
    },
  },
})
