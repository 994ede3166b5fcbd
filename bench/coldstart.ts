import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import * as v from 'valibot'
import { assemblyFolder } from './assembly-folder.ts'
import type { BenchResult } from './bench.ts'
import type { Bundle, BundlePair } from './bundles.ts'
import { barChart } from './chart.ts'
import { count } from './options.ts'
import { progressBar } from './progress-bar.ts'
import { median, rounded } from './statistics.ts'

const optionsSchema = v.object({
  runs: v.optional(count, '15'),
  assembly: v.optional(v.string()),
})

interface ColdStart {
  /** Ours by CDK's default. */
  readonly ratio: number
  /** Of 1,000 bytes, the whole bundle as it is deployed. */
  readonly kilobytes: number
  /** Median of the imports. */
  readonly milliseconds: number
  /** Without the SDK, which Lambda's runtime brings along. */
  readonly defaultKilobytes: number
  readonly defaultMilliseconds: number
}

/**
 * How long the import of each function's bundle takes, beside that of CDK's default bundle of the
 * same entry, whose SDK is found through NODE_PATH as Lambda's runtime finds its own copy. Every
 * import is in a process of its own, one after the other and in turns, by this machine's Node.
 *
 * It is not Lambda's init: there the sandbox and Node start as well, the CPU is what the memory buys,
 * the code comes from another file system, and the runtime's SDK is another version in other files.
 * The first import of a file by this machine is not counted, so its disk is not either.
 *
 * @returns one row: `{"functions":{"connect":{"ratio","kilobytes", …}}}`
 */
export async function coldstart(args: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string' }, assembly: { type: 'string' } },
  })
  const { runs, assembly: given } = v.parse(optionsSchema, values)
  const functions = await measure(runs, given)
  const text = [
    `import of each function's bundle by Node ${process.version}, median of ${runs}, beside CDK's default bundle:`,
    '',
    ...[...functions].map(
      ([name, { ratio, kilobytes, milliseconds, defaultMilliseconds }]) =>
        `  ${name.padEnd(14)} ${milliseconds} ms of ${defaultMilliseconds} ms: ${ratio}, with ${kilobytes} KB`,
    ),
  ].join('\n')
  return {
    text,
    rows: [{ functions: Object.fromEntries(functions), node: process.version }],
    chart: draw(functions, runs),
  }
}

async function measure(runs: number, given: string | undefined): Promise<Map<string, ColdStart>> {
  await using assembly = await assemblyFolder(given)
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-coldstart-'))
  try {
    // CDK's library takes long to load, for which nobody waits who runs another bench.
    const { bundlePairs } = await import('./bundles.ts')
    const pairs = bundlePairs(assembly.directory, directory)
    const times = await importTimes(pairs, runs)
    return new Map(pairs.map((pair) => [pair.name, compare(pair, times)]))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function importTimes(pairs: readonly BundlePair[], runs: number) {
  const bar = progressBar('importing')
  const times = new Map<Bundle, number[]>()
  // The first round is for the disk.
  for (let run = 0; run <= runs; run += 1) {
    for (const { ours, byDefault, environment } of pairs) {
      for (const bundle of run % 2 === 0 ? [ours, byDefault] : [byDefault, ours]) {
        const milliseconds = await importTime(bundle, environment)
        if (run > 0) times.set(bundle, [...(times.get(bundle) ?? []), milliseconds])
      }
    }
    bar(run / runs)
  }
  return times
}

const IMPORT_TIME = fileURLToPath(new URL('import-time.mjs', import.meta.url))
const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url))

async function importTime({ file }: Bundle, environment: BundlePair['environment']) {
  const { SystemRoot } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, [IMPORT_TIME, file], {
    // Nothing of the developer's own: neither options of Node nor an account.
    env: {
      ...(SystemRoot !== undefined && { SystemRoot }),
      ...environment,
      NODE_PATH: MODULES,
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'function',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_SESSION_TOKEN: 'bench',
      AWS_CONFIG_FILE: devNull,
      AWS_SHARED_CREDENTIALS_FILE: devNull,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  })
  return v.parse(v.pipe(v.number(), v.minValue(0)), Number(stdout))
}

function compare({ ours, byDefault }: BundlePair, times: Map<Bundle, number[]>): ColdStart {
  const milliseconds = median(times.get(ours) ?? [])
  const defaultMilliseconds = median(times.get(byDefault) ?? [])
  return {
    ratio: rounded(milliseconds / defaultMilliseconds, 3),
    kilobytes: rounded(ours.bytes / 1000, 1),
    milliseconds: rounded(milliseconds, 1),
    defaultKilobytes: rounded(byDefault.bytes / 1000, 1),
    defaultMilliseconds: rounded(defaultMilliseconds, 1),
  }
}

function draw(functions: ReadonlyMap<string, ColdStart>, runs: number): string {
  const bars = [...functions].flatMap(([name, result]) => [
    { label: name, note: `${result.kilobytes} KB`, value: result.milliseconds, emphasis: true },
    { label: name, note: "CDK's default bundle", value: result.defaultMilliseconds },
  ])
  const subtitle = `Median of ${runs} imports by Node ${process.version}, each in a new process; lower is better`
  const title = "What a cold start waits for: the import of a function's bundle"
  return barChart({ title, subtitle, unit: 'ms', bars })
}
