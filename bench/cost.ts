import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { issueLocalCertificate, startIssuer, startLocal } from '../local/index.ts'
import type { BenchResult } from './bench.ts'
import { barChart } from './chart.ts'
import { Ledger, type Cost } from './ledger.ts'
import { PRICES } from './prices.ts'
import { progressBar } from './progress-bar.ts'
import { reportingAssembly } from './reporting-assembly.ts'

/** They live in this process, beside the gateway. */
const MAX_CLIENTS = 1_000
const QUOTAS = { newConnectionsPerSecond: MAX_CLIENTS }

const sizes = v.pipe(
  v.string(),
  v.regex(/^\d+(,\d+)*$/, 'expected numbers with commas between them, such as 2,100,500'),
  v.transform((text) => text.split(',').map(Number)),
  v.array(v.pipe(v.number(), v.minValue(2), v.maxValue(MAX_CLIENTS))),
  v.transform((counts) => counts.toSorted((a, b) => a - b)),
)
const optionsSchema = v.object({
  clients: v.optional(sizes, '2,10,100,500'),
  assembly: v.optional(v.string()),
  'closed-assembly': v.optional(v.string()),
  dynamodb: v.optional(v.pipe(v.string(), v.url())),
})

/** Events, and those that depend on how many clients there are. */
interface Costs {
  readonly events: Readonly<Record<string, Cost>>
  readonly broadcasts: readonly Cost[]
  /** Messages to a room that all clients are in. */
  readonly rooms: readonly Cost[]
}

/** The closed stack's audience. */
const AUDIENCE = 'switchboard'

/**
 * Counts what AWS would bill for each event, as the local runtime sees it happen with warm functions.
 * Counts are exact for this stack; the functions' time is this machine's. Left out: connection
 * minutes, logs, and the receives by which Lambda's poller finds its queue empty.
 *
 * @returns one row:
 * `{"connect":{"writeUnits",…},"disconnect","ping","private","join","leave","disconnectFromRooms",
 * "connectUser","disconnectUser","broadcasts":[{"clients",…}],"rooms":[{"clients",…}]}`
 */
export async function cost(args: string[]): Promise<BenchResult> {
  const { values } = parseArgs({
    args,
    options: {
      clients: { type: 'string' },
      assembly: { type: 'string' },
      'closed-assembly': { type: 'string' },
      dynamodb: { type: 'string' },
    },
  })
  const options = v.parse(optionsSchema, values)
  const bar = progressBar('counting')
  const open = await costsOfOpenStack(options, (done) => bar(done * 0.8))
  const ofUsers = await costsOfUsers(options)
  bar(1)
  const costs = { ...open, events: { ...open.events, ...ofUsers } }
  const { clients } = options
  return { text: toTable(costs), rows: [toRow(costs, clients)], chart: draw(costs, clients) }
}

type Options = v.InferOutput<typeof optionsSchema>

/** Rooms that a client is in when it leaves. */
const ROOMS = 3

async function costsOfOpenStack(
  { assembly: given, dynamodb, clients }: Options,
  tell: (done: number) => void,
): Promise<Costs> {
  await using assembly = await reportingAssembly(given)
  const local = await startLocal({
    assembly: assembly.directory,
    dynamodbUrl: dynamodb,
    quotas: QUOTAS,
  })
  try {
    const ledger = new Ledger(local)
    await ledger.connectUpTo(2)
    const events = {
      connect: await ledger.connect('connect'),
      disconnect: await ledger.disconnect('disconnect'),
      ping: await ledger.ping(),
      private: await ledger.private(),
      join: await ledger.join(),
      leave: await ledger.leave(),
      disconnectFromRooms: await ledger.disconnect(`disconnect, ${ROOMS} rooms`, ROOMS),
    }
    const [broadcasts, rooms]: [Cost[], Cost[]] = [[], []]
    for (const size of clients) {
      tell(broadcasts.length / clients.length)
      await ledger.useOnly(size)
      broadcasts.push(await ledger.broadcast(`broadcast to ${size}`))
      rooms.push(await ledger.toRoom(`to a room of ${size}`))
    }
    return { events, broadcasts, rooms }
  } finally {
    await local.close()
  }
}

/** Where tokens say who connects. */
async function costsOfUsers(options: Options): Promise<Record<string, Cost>> {
  const certificate = await issueLocalCertificate()
  const issuer = await startIssuer(certificate)
  try {
    await using assembly = await reportingAssembly(options['closed-assembly'], {
      context: { jwtIssuer: 'https://issuer.invalid', jwtAudience: AUDIENCE },
      variables: { JWT_ISSUER: issuer.url },
    })
    const local = await startLocal({
      assembly: assembly.directory,
      dynamodbUrl: options.dynamodb,
      quotas: QUOTAS,
      certificate,
    })
    try {
      const token = await issuer.sign({ sub: 'alice', aud: AUDIENCE })
      const ledger = new Ledger(local, { Authorization: `Bearer ${token}` })
      return {
        connectUser: await ledger.connect('connect, a user'),
        disconnectUser: await ledger.disconnect('disconnect, a user'),
      }
    } finally {
      await local.close()
    }
  } finally {
    await issuer.close()
  }
}

const COLUMNS = [
  ['messages', (one: Cost) => one.messages],
  ['invocations', (one: Cost) => one.invocations],
  ['GB-seconds', (one: Cost) => one.gigabyteSeconds.toFixed(5)],
  ['reads', (one: Cost) => one.readUnits],
  ['writes', (one: Cost) => one.writeUnits],
  ['queue requests', (one: Cost) => one.queueRequests],
  ['$ per million', (one: Cost) => one.dollarsPerMillion.toFixed(2)],
] as const

function toTable({ events, broadcasts, rooms }: Costs): string {
  const row = (event: string, cells: readonly (string | number)[]): string =>
    event.padEnd(22) + cells.map((cell) => String(cell).padStart(15)).join('')
  return [
    row(
      '',
      COLUMNS.map(([title]) => title),
    ),
    ...[...Object.values(events), ...broadcasts, ...rooms].map((one) =>
      row(
        one.event,
        COLUMNS.map(([, read]) => read(one)),
      ),
    ),
    '',
    `A connection that stays open costs $${PRICES.perMillionConnectionMinutes} per million minutes more.`,
    "GB-seconds are this machine's. Prices are those of us-east-1 in bench/prices.ts.",
  ].join('\n')
}

function toRow({ events, broadcasts, rooms }: Costs, counts: readonly number[]): object {
  const bySize = (costs: readonly Cost[]): object[] =>
    costs.map((one, index) => ({ clients: counts[index], ...withoutName(one) }))
  return {
    ...Object.fromEntries(Object.entries(events).map(([name, one]) => [name, withoutName(one)])),
    broadcasts: bySize(broadcasts),
    rooms: bySize(rooms),
    prices: PRICES,
  }
}

function withoutName({ event: _event, ...others }: Cost): Omit<Cost, 'event'> {
  return others
}

/** A broadcast beside a connect would be a bar beside a dot: it is drawn by the recipient. */
function draw({ events, broadcasts, rooms }: Costs, counts: readonly number[]): string {
  const byRecipient = (costs: readonly Cost[]) =>
    costs.map(({ event, dollarsPerMillion }, index) => ({
      label: event,
      note: 'by the recipient',
      value: dollarsPerMillion / (counts[index] ?? 1),
      emphasis: true,
    }))
  const bars = [
    ...Object.values(events).map((one) => ({ label: one.event, value: one.dollarsPerMillion })),
    ...byRecipient(broadcasts),
    ...byRecipient(rooms),
  ]
  const subtitle = 'us-east-1, dollars for a million, without connection minutes'
  return barChart({ title: 'What a million of each cost', subtitle, unit: '$', bars })
}
