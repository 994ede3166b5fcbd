import { posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CODE_FOLDERS, sourceFiles, type SourceFile } from './source-files.ts'

/**
 * Who may import whom: the first row whose `from` fits a file says all that it may import. Paths
 * are files or folders of the project; other names are packages.
 */
const RULES: readonly { from: string; may: readonly string[] }[] = [
  { from: 'protocol/', may: [] },
  { from: 'client/', may: ['client/', 'protocol/'] },
  { from: 'lib/environment.ts', may: [] },
  { from: 'lib/metrics.ts', may: [] },
  { from: 'bin/cli.mjs', may: ['tsx', 'node:'] },
  { from: 'bin/', may: ['lib/', 'aws-cdk-lib'] },
  // It loads esbuild where there is something to bundle.
  { from: 'lib/lambda-code.ts', may: ['aws-cdk-lib', 'node:', 'esbuild'] },
  { from: 'lib/', may: ['lib/', 'aws-cdk-lib', 'constructs', 'node:'] },
  { from: 'lambdas/core/', may: ['lambdas/core/', 'protocol/', 'valibot'] },
  {
    from: 'lambdas/adapters/',
    may: [
      'lambdas/adapters/',
      'lambdas/core/',
      'protocol/',
      'lib/environment.ts',
      'lib/metrics.ts',
      '@aws-sdk/',
      'aws-jwt-verify',
      'node:',
    ],
  },
  {
    from: 'lambdas/',
    may: ['lambdas/', 'lib/environment.ts', 'protocol/', 'aws-lambda', 'node:'],
  },
  { from: 'bench/bundles.ts', may: ['local/', 'node:', 'valibot', 'aws-cdk-lib'] },
  {
    from: 'bench/',
    may: [
      'bench/',
      'client/',
      'lambdas/',
      'lib/delivery-settings.ts',
      'local/',
      'protocol/',
      'scripts/build-client.ts',
      '@aws-sdk/',
      'esbuild',
      'node:',
      'valibot',
      'ws',
    ],
  },
  {
    from: 'load/',
    may: [
      'load/',
      'protocol/',
      'bench/progress-bar.ts',
      'bench/prices.ts',
      'bench/chart.ts',
      'node:',
      'valibot',
      'ws',
    ],
  },
  { from: 'console/build.ts', may: ['esbuild', 'node:'] },
  { from: 'console/', may: ['console/', 'client/', 'protocol/'] },
  {
    from: 'local/cli.ts',
    may: ['local/', 'console/build.ts', 'node:'],
  },
  {
    from: 'schema/',
    may: [
      'schema/',
      'lambdas/core/fields.ts',
      'lambdas/core/schema.ts',
      'protocol/',
      'node:',
      'valibot',
      '@valibot/to-json-schema',
    ],
  },
  {
    from: 'local/',
    may: ['local/', 'node:', 'valibot', 'ws', 'dynalite', 'fflate', 'jose', 'selfsigned'],
  },
  {
    from: 'publish/',
    may: ['publish/', 'lambdas/core/', 'protocol/', '@aws-sdk/client-sqs', 'node:', 'valibot'],
  },
  { from: 'scripts/', may: ['scripts/', 'lib/lambda-code.ts', 'node:', 'esbuild'] },
]

// A word of its own: not the string 'from'.
const SPECIFIER = /(?<!')\b(?:from|import)\s*\(?\s*'([^']+)'/g

describe('imports', () => {
  it('run one way', () => {
    const files = sourceFiles(...CODE_FOLDERS)
    expect(files.length).toBeGreaterThan(40)
    expect(files.flatMap(violations)).toEqual([])
  })

  it('are caught when they run the other way', () => {
    const wrong: readonly SourceFile[] = [
      { path: 'protocol/messages.ts', text: "import { x } from 'valibot'" },
      { path: 'lambdas/core/a.ts', text: "import type { X } from '../adapters/report.ts'" },
      { path: 'lambdas/core/b.ts', text: "export { X } from '@aws-sdk/client-dynamodb'" },
      { path: 'lambdas/connect.ts', text: "import { x } from '../lib/switchboard.ts'" },
      { path: 'local/start-local.ts', text: "import { x } from '../lib/environment.ts'" },
      { path: 'local/gateway/gateway.ts', text: "await import('../../lambdas/connect.ts')" },
      { path: 'local/runtime.ts', text: "import { x } from '../console/build.ts'" },
      { path: 'console/card.ts', text: "import { x } from '../local/index.ts'" },
      { path: 'console/card.ts', text: "import { x } from 'node:fs'" },
      { path: 'client/reducer.ts', text: "import { x } from '../lambdas/core/data.ts'" },
      { path: 'lib/environment.ts', text: "import 'node:fs'" },
      { path: 'lib/metrics.ts', text: "import 'node:fs'" },
      { path: 'publish/publish.ts', text: "import { x } from '../lambdas/adapters/sqs-queue.ts'" },
      { path: 'lib/switchboard.ts', text: "import { build } from 'esbuild'" },
      { path: 'bin/switchboard.ts', text: "import { x } from '../local/index.ts'" },
    ]
    expect(wrong.filter((file) => violations(file).length === 0)).toEqual([])
  })
})

function violations(file: SourceFile): string[] {
  const may = RULES.find(({ from }) => file.path.startsWith(from))?.may ?? []
  return [...file.text.matchAll(SPECIFIER)]
    .map(([, specifier = '']) => resolve(file.path, specifier))
    .filter((target) => !may.some((allowed) => isWithin(target, allowed)))
    .map((target) => `${file.path} imports ${target}`)
}

function resolve(path: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier
}

/** `lib/` allows what is below it, `aws-cdk-lib` the package and its subpaths. */
function isWithin(target: string, allowed: string): boolean {
  if (/[/:]$/.test(allowed)) return target.startsWith(allowed)
  return target === allowed || target.startsWith(`${allowed}/`)
}
