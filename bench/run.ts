// npm run bench -- NAME [options]: one file for each claim about speed.
import * as v from 'valibot'
import type { Bench, BenchResult } from './bench.ts'
import { writeChart } from './chart.ts'

const HELP = `Measures what this project claims about its speed.

  npm run bench -- NAME [options]   (without a name, all of them one after the other)

  broadcast        messages to everyone through the local gateway and the real functions, with
                   signatures and roles checked
    --clients N    how many are connected (default 500)
    --seconds N    how long to measure (default 10)

  fanout           CPU of a delivery: by the SDK's client, by push, and of the same requests with
                   one signature for all of them
    --deliveries N how many in a round, and five times as many without the SDK (default 2000)
    --rounds N     how many, after one that is not counted (default 7)

  million          a message to many on a simulated account: seconds, lost, dollars
    --recipients N,M  how many (default 10000,100000,1000000,10000000)
    --quota N      requests a second that the account may make (default 10000, as AWS gives it)
    --rate N       posts a second of all workers together (default the whole quota)
    --workers N    how many at a time (default 10)
    --day NAME     good, usual (the default) or bad: what goes wrong
    --seed N       of what is left to chance (default 1)

  coldstart        the import of every function's bundle, beside CDK's default bundle of it
    --runs N       imports of each (default 15)

  cost             what AWS would bill for a connect, a join, a message to one, to a room, to everyone:
                   operations and dollars
    --clients N,M  how many there are, and are in the room (default 2,10,100,500)
    --closed-assembly DIR  beside --assembly: one with an authorizer, for what users cost
    --dynamodb URL another DynamoDB in place of the one in memory

  size             bytes that the client adds to a page, beside those of others

  herd             clients that all lose their lines, find the door shut, and come back: this
                   project's beside the published formulas of others, simulated
    --clients N    how many of each (default 10000)
    --outage N     for how many seconds the door is shut (default 30)
    --door N       how many it lets in each second after that (default 500, as AWS does)
    --seed N       of what is left to chance (default 1)

  idle             what a quiet connection costs beside one with a ping every 30 seconds: messages
                   of an hour and a day, dollars of a month, simulated
    --runs N       days of a connection that are simulated (default 1000)
    --seed N       of what is left to chance (default 1)

  --assembly DIR   for broadcast, coldstart and cost: a synthesized assembly in place of this app
  --json           nothing but the result, as JSON on the last line; without it, a chart is drawn
                   in bench/results/
  --help           this text
`

/** Each brings much along, for which nobody waits who runs another. */
const BENCHES: ReadonlyMap<string, () => Promise<Bench>> = new Map<string, () => Promise<Bench>>([
  ['broadcast', async () => (await import('./broadcast.ts')).broadcast],
  ['fanout', async () => (await import('./fanout.ts')).fanout],
  ['million', async () => (await import('./million.ts')).million],
  ['coldstart', async () => (await import('./coldstart.ts')).coldstart],
  ['cost', async () => (await import('./cost.ts')).cost],
  ['size', async () => (await import('./size.ts')).size],
  ['herd', async () => (await import('./herd.ts')).herd],
  ['idle', async () => (await import('./idle.ts')).idle],
])

const { json, help, name, options } = readArguments(process.argv.slice(2))
if (help) console.log(HELP)
else if (name !== undefined && !BENCHES.has(name)) refuse(`There is no bench ${name}.`)
else if (name === undefined && options.length > 0) refuse('Options need the name of a bench.')
else await runAll(name === undefined ? [...BENCHES.keys()] : [name])

async function runAll(chosen: readonly string[]): Promise<void> {
  for (const each of chosen) {
    const bench = await BENCHES.get(each)?.()
    const result = bench && (await measure(bench))
    if (!result) continue
    if (json) for (const row of result.rows) console.log(JSON.stringify(row))
    else console.log(`\n${result.text}`)
    if (!json && result.chart !== undefined) writeChart(each, result.chart)
  }
}

async function measure(bench: Bench): Promise<BenchResult | undefined> {
  try {
    return await bench(options)
  } catch (error) {
    refuseOptions(error)
    return undefined
  }
}

/** What somebody has typed wrong needs no stack. */
function refuseOptions(error: unknown): void {
  const isWrongOption =
    v.isValiError(error) ||
    (error instanceof TypeError &&
      'code' in error &&
      String(error.code).startsWith('ERR_PARSE_ARGS'))
  if (!isWrongOption) throw error
  refuse(describe(error))
}

function refuse(why: string): void {
  console.error(`${why}\n\n${HELP}`)
  process.exitCode = 2
}

function describe(error: Error): string {
  if (!v.isValiError(error)) return error.message
  const toLine = (issue: v.BaseIssue<unknown>): string => {
    const path = v.getDotPath(issue)
    return path === null ? issue.message : `--${path}: ${issue.message}`
  }
  return error.issues.map(toLine).join('\n')
}

/** The name may stand before `--json` or after it. */
function readArguments(parts: readonly string[]) {
  const others = parts.filter((part) => part !== '--json' && part !== '--help')
  const [first] = others
  const hasName = first?.startsWith('--') === false
  return {
    json: parts.includes('--json'),
    help: parts.includes('--help'),
    name: hasName ? first : undefined,
    options: hasName ? others.slice(1) : others,
  }
}
