import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { startLocal } from '../local/index.ts'
import { assemblyFolder } from './assembly-folder.ts'
import type { BenchResult } from './bench.ts'
import { barChart } from './chart.ts'
import { messageOf } from './message-of.ts'
import { count } from './options.ts'
import { progressBar } from './progress-bar.ts'
import { median, percentile, rounded } from './statistics.ts'

/** Rounds before the measurement: the functions are cold, and the code is not compiled. */
const WARM_UP_ROUNDS = 3

const optionsSchema = v.object({
  clients: v.optional(count, '500'),
  seconds: v.optional(count, '10'),
  assembly: v.optional(v.string()),
})

/** One message to everyone, as the clients' process saw it. */
const roundSchema = v.object({
  /** Of each delivery, from the sending of the message on. */
  milliseconds: v.array(v.number()),
  /** When all had it, and the sender its ack. */
  total: v.number(),
})

/**
 * Sends one message after the other to all clients, who live in a process of their own.
 *
 * @returns one row: `{"deliveriesPerSecond", "p50", "p99", "last"}`, the
 * latter three in milliseconds
 */
export async function broadcast(args: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string' },
      seconds: { type: 'string' },
      assembly: { type: 'string' },
    },
  })
  const { clients, seconds, assembly } = v.parse(optionsSchema, values)
  const result = await measure(clients, seconds, assembly)
  const text = [
    `${clients} clients, one message to everyone after the other, for ${seconds} s:`,
    '',
    `  ${result.deliveriesPerSecond} deliveries a second`,
    `  ${result.p50} ms until half of them have a message, ${result.p99} ms until 99 % have it`,
    `  ${result.last} ms until the last one has it (median of the rounds)`,
  ].join('\n')
  const chart = barChart({
    title: `A message to ${clients} clients through the local gateway`,
    subtitle: `${result.deliveriesPerSecond} deliveries a second; milliseconds until it is there`,
    unit: 'ms',
    bars: [
      { label: 'half of them have it', value: result.p50, emphasis: true },
      { label: '99 % have it', value: result.p99 },
      { label: 'the last one has it', note: 'median of the rounds', value: result.last },
    ],
  })
  return { text, rows: [result], chart }
}

async function measure(clients: number, seconds: number, given: string | undefined) {
  await using assembly = await assemblyFolder(given)
  const local = await startLocal({
    assembly: assembly.directory,
    // All of them come at once.
    quotas: { newConnectionsPerSecond: clients },
  })
  const child = fork(fileURLToPath(new URL('clients.ts', import.meta.url)), [
    local.url,
    String(clients),
  ])
  try {
    await messageOf(child)
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await playRound(child)
    const rounds = await playRounds(child, seconds * 1000)
    const all = rounds.flatMap(({ milliseconds }) => milliseconds)
    const totalSeconds = rounds.reduce((sum, { total }) => sum + total, 0) / 1000
    return {
      deliveriesPerSecond: Math.round(all.length / totalSeconds),
      p50: rounded(percentile(all, 0.5), 1),
      p99: rounded(percentile(all, 0.99), 1),
      last: rounded(median(rounds.map(({ milliseconds }) => Math.max(...milliseconds))), 1),
    }
  } finally {
    child.kill()
    await local.close()
  }
}

async function playRounds(child: ChildProcess, milliseconds: number) {
  const bar = progressBar('broadcasting')
  const started = performance.now()
  const rounds: v.InferOutput<typeof roundSchema>[] = []
  for (;;) {
    const passed = (performance.now() - started) / milliseconds
    bar(passed)
    if (passed >= 1) return rounds
    rounds.push(await playRound(child))
  }
}

async function playRound(child: ChildProcess): Promise<v.InferOutput<typeof roundSchema>> {
  const answer = messageOf(child)
  child.send('round')
  return v.parse(roundSchema, await answer)
}
