import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { progressBar } from '../bench/progress-bar.ts'
import { LoadClient } from './load-client.ts'
import type { Options } from './options.ts'
import { pace } from './pace.ts'
import { Tally } from './tally.ts'

/** How long the last answers and deliveries are waited for: a little longer than API Gateway does. */
const LAST_ANSWERS_MS = 30_000
const LAST_DELIVERIES_MS = 5_000

/** After Ctrl-C somebody waits. */
const LAST_ANSWERS_WHEN_STOPPED_MS = 3_000

/** So that not all `$disconnect` functions run at once. */
const CLOSES_PER_SECOND = 500

const LOOK_EVERY_MS = 50

export interface Outcome {
  readonly tally: Tally
  /** From the first message to the last. */
  readonly sendingSeconds: number
  readonly stopped: boolean
}

/** Connects, sends, waits for what is under way, and closes every connection. */
export async function putLoad(options: Options, signal: AbortSignal): Promise<Outcome> {
  const tally = new Tally()
  const clients = await connectAll(options, tally, signal)
  const started = performance.now()
  let ended = started
  try {
    if (clients.length > 0) await sendAll(clients, options, signal)
    ended = performance.now()
    await lastAnswers(clients, tally, signal)
  } finally {
    await closeAll(clients)
  }
  return { tally, sendingSeconds: (ended - started) / 1000, stopped: signal.aborted }
}

async function connectAll(
  options: Options,
  tally: Tally,
  signal: AbortSignal,
): Promise<LoadClient[]> {
  const { connections, connectRate, to } = options
  const load = randomUUID()
  const bar = progressBar('connecting')
  const attempts: Promise<LoadClient | undefined>[] = []
  const connect = async (): Promise<LoadClient | undefined> => {
    const client = await LoadClient.connect(options, tally, load)
    if (client?.open === true && to !== 'everyone') await client.identify()
    return client
  }
  await pace(connectRate, connections, signal, (index) => {
    attempts.push(connect())
    bar(index / connections)
  })
  const clients = await Promise.all(attempts)
  bar(1)
  return clients.filter((client) => client !== undefined)
}

async function sendAll(
  clients: readonly LoadClient[],
  { rate, seconds, to }: Options,
  signal: AbortSignal,
): Promise<void> {
  const bar = progressBar('sending')
  const total = rate * seconds
  await pace(rate, total, signal, (index) => {
    bar(index / total)
    if (index % rate === 0) for (const client of clients) client.expire(performance.now())
    sendFrom(clients, index, to)
  })
  bar(1)
}

/** From the next client in turn that can send, to the one after it when it is to be another. */
function sendFrom(clients: readonly LoadClient[], index: number, to: Options['to']): void {
  const canSend = ({ open, connectionId }: LoadClient): boolean =>
    open && (to === 'everyone' || connectionId !== '')
  const from = nextOf(clients, index, canSend)
  const sender = clients[from]
  if (!sender) return
  const next = clients[nextOf(clients, from + 1, canSend)] ?? sender
  const targets = { everyone: undefined, self: sender.connectionId, next: next.connectionId }
  sender.send(index.toString(36), targets[to])
}

/** The place of the first that fits, from a turn on and round once; -1 when there is none. */
function nextOf(
  clients: readonly LoadClient[],
  turn: number,
  fits: (client: LoadClient) => boolean,
): number {
  for (let step = 0; step < clients.length; step += 1) {
    const place = (turn + step) % clients.length
    const client = clients[place]
    if (client && fits(client)) return place
  }
  return -1
}

async function lastAnswers(
  clients: readonly LoadClient[],
  tally: Tally,
  signal: AbortSignal,
): Promise<void> {
  const waiting = (): boolean => clients.some(({ pending }) => pending > 0)
  const started = performance.now()
  const patienceMs = () => (signal.aborted ? LAST_ANSWERS_WHEN_STOPPED_MS : LAST_ANSWERS_MS)
  while (waiting() && performance.now() - started < patienceMs()) await sleep(LOOK_EVERY_MS)
  for (const client of clients) client.expire(performance.now(), 0)
  const answered = performance.now()
  // What goes on behind the queue is not counted by any ack: it has as long.
  const missing = (): boolean => tally.queued > 0 || tally.deliveries.count < tally.accepted
  const deliveriesMs = () => (signal.aborted ? 0 : LAST_DELIVERIES_MS)
  while (missing() && performance.now() - answered < deliveriesMs()) await sleep(LOOK_EVERY_MS)
}

async function closeAll(clients: readonly LoadClient[]): Promise<void> {
  const closing: Promise<void>[] = []
  await pace(CLOSES_PER_SECOND, clients.length, new AbortController().signal, (index) => {
    const client = clients[index]
    if (client) closing.push(client.close())
  })
  await Promise.all(closing)
}
