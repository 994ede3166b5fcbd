import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { issueLocalCertificate } from '../local/gateway/local-certificate.ts'
import type { BenchResult } from './bench.ts'
import { barChart, type Bar } from './chart.ts'
import { count } from './options.ts'
import { messageOf } from './message-of.ts'
import { progressBar } from './progress-bar.ts'
import { median, rounded } from './statistics.ts'

const optionsSchema = v.object({
  deliveries: v.optional(count, '2000'),
  rounds: v.optional(count, '7'),
})

const portsSchema = v.object({ http: v.number(), https: v.number() })

const PROTOCOLS = ['http', 'https'] as const
type Protocol = (typeof PROTOCOLS)[number]

/** In the order of the table. */
const WAYS = ['sdkAll', 'sdkPool', 'push', 'floor'] as const
type Way = (typeof WAYS)[number]

const LABELS: Readonly<Record<Way, string>> = {
  sdkAll: 'SDK client, Promise.all',
  sdkPool: 'SDK client, 50 at a time',
  push: 'push, 50 at a time',
  floor: 'the same, signed once for all',
}

/** What costs little is measured for longer: in a few milliseconds chance says as much as cost. */
const REPEATED: Readonly<Record<Way, number>> = { sdkAll: 1, sdkPool: 1, push: 5, floor: 5 }

type Microseconds = Readonly<Record<Way, number>>

interface Comparison {
  /** What `push` costs of the SDK client with Promise.all. */
  readonly vsSdk: number
  /** And of the same requests, whose one signature is made once. */
  readonly vsFloor: number
}

/**
 * What a delivery costs the process that posts, in microseconds of CPU, by four ways that take turns
 * in one process. The other side is a process of its own.
 *
 * @returns one row: `{"vsSdk", "vsFloor", "http", "https"}`. The first two are
 * the worse of HTTP and HTTPS; each of these has its own two, and the microseconds of each way.
 */
export async function fanout(args: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args,
    options: { deliveries: { type: 'string' }, rounds: { type: 'string' } },
  })
  const options = v.parse(optionsSchema, values)
  const { http, https } = await measure(options)
  const result = {
    vsSdk: Math.max(compare(http).vsSdk, compare(https).vsSdk),
    vsFloor: Math.max(compare(http).vsFloor, compare(https).vsFloor),
    http: { ...compare(http), microseconds: http },
    https: { ...compare(https), microseconds: https },
  }
  const configuration = `median of ${options.rounds} rounds, ${options.deliveries} deliveries by the SDK in each and ${options.deliveries * REPEATED.push} others, Node ${process.versions.node}`
  const text = [
    `CPU of one delivery in the posting process: a frame of 200 bytes, a role’s credentials,`,
    configuration,
    '',
    `  ${'µs'.padEnd(32)}${'HTTP'.padStart(8)}${'HTTPS'.padStart(8)}`,
    ...WAYS.map((way) => `  ${LABELS[way].padEnd(32)}${cell(http[way])}${cell(https[way])}`),
    '',
    `  push costs 1/${(1 / result.vsSdk).toFixed(1)} of the SDK client with Promise.all, and ${result.vsFloor.toFixed(2)} times`,
    '  the same requests with one signature for all (the worse of the two protocols)',
  ].join('\n')
  return { text, rows: [result], chart: chartOf(http, https, configuration) }
}

interface Options {
  readonly deliveries: number
  readonly rounds: number
}

async function measure({
  deliveries,
  rounds,
}: Options): Promise<Readonly<Record<Protocol, Microseconds>>> {
  await using certificate = await keptCertificate()
  const sink = child('fanout-sink.ts', [certificate.key, certificate.cert])
  const { http, https } = v.parse(portsSchema, await messageOf(sink))
  // Trust is given to a process from its beginning on, as the local gateway gives it to functions.
  const poster = child(
    'fanout-poster.ts',
    [`http://localhost:${http}`, `https://localhost:${https}`],
    {
      NODE_EXTRA_CA_CERTS: certificate.cert,
    },
  )
  try {
    await messageOf(poster)
    return await playRounds(poster, deliveries, rounds)
  } finally {
    poster.kill()
    sink.kill()
  }
}

/** One round more than is counted: in the first, the code is not compiled and no line is open. */
async function playRounds(
  poster: ChildProcess,
  deliveries: number,
  rounds: number,
): Promise<Readonly<Record<Protocol, Microseconds>>> {
  const bar = progressBar('posting')
  const seen = new Map<string, number[]>()
  const steps = PROTOCOLS.flatMap((protocol) => WAYS.map((way) => ({ protocol, way })))
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { protocol, way }] of steps.entries()) {
      bar((round + index / steps.length) / (rounds + 1))
      poster.send({ protocol, way, deliveries: deliveries * REPEATED[way] })
      const microseconds = v.parse(v.number(), await messageOf(poster))
      if (round > 0) seen.set(protocol + way, [...(seen.get(protocol + way) ?? []), microseconds])
    }
  }
  bar(1)
  const medianOf = (key: string): number => rounded(median(seen.get(key) ?? []), 1)
  const mediansOf = (protocol: Protocol): Microseconds => ({
    sdkAll: medianOf(`${protocol}sdkAll`),
    sdkPool: medianOf(`${protocol}sdkPool`),
    push: medianOf(`${protocol}push`),
    floor: medianOf(`${protocol}floor`),
  })
  return { http: mediansOf('http'), https: mediansOf('https') }
}

function compare({ sdkAll, push, floor }: Microseconds): Comparison {
  return { vsSdk: rounded(push / sdkAll, 4), vsFloor: rounded(push / floor, 3) }
}

function chartOf(http: Microseconds, https: Microseconds, configuration: string): string {
  const barsOf = (values: Microseconds, note: string): Bar[] =>
    WAYS.map((way) => ({ label: LABELS[way], value: values[way], note, emphasis: way === 'push' }))
  return barChart({
    title: 'CPU of one delivery',
    subtitle: configuration,
    unit: 'µs',
    bars: [...barsOf(http, 'HTTP'), ...barsOf(https, 'HTTPS')],
  })
}

function child(
  file: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    // Each way pays for its own garbage.
    execArgv: [...process.execArgv, '--expose-gc'],
    env: {
      ...process.env,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...environment,
    },
  })
}

interface KeptCertificate extends AsyncDisposable {
  /** Paths of PEM files. */
  readonly key: string
  readonly cert: string
}

async function keptCertificate(): Promise<KeptCertificate> {
  const { key, cert } = await issueLocalCertificate()
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-bench-'))
  writeFileSync(join(directory, 'key.pem'), key)
  writeFileSync(join(directory, 'cert.pem'), cert)
  return {
    key: join(directory, 'key.pem'),
    cert: join(directory, 'cert.pem'),
    [Symbol.asyncDispose]: () => Promise.resolve(rmSync(directory, { recursive: true })),
  }
}

function cell(microseconds: number): string {
  return microseconds.toFixed(1).padStart(8)
}
