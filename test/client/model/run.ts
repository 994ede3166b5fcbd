import { SwitchboardError } from '../../../client/errors.ts'
import type { ModelClient } from './client.ts'
import { ROOMS } from './memberships.ts'
import { demand } from './observation.ts'
import type { Script } from './script.ts'
import { World } from './world.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** After the last fault: the longest silence before a ping, its deadline, and the way back. */
const SETTLED_AFTER_MS = 10 * MINUTE

/** Time for a message among well-behaved machines, rate limit and late deliveries included. */
const DELIVERED_AFTER_MS = MINUTE

/** So many of the new connections in a quiet time get news: those of a short token are many. */
const MOST_NEWS = 6

/**
 * A message that still has so long when the last fault is over arrives: it is sent again after 35
 * seconds, its line is asked, and it takes half a minute at most to have another one.
 */
const SAVED_WITHIN_MS = 100 * SECOND

/** A client may say as much by itself in an hour: the first ping of a connection is one of them. */
const MOST_PINGS_AN_HOUR = 10

/** Why a message may fail although nothing goes wrong: the app's own doing. */
const EXCUSES: ReadonlySet<string> = new Set(['NOT_CONNECTED', 'QUEUE_FULL'])

/** Lines of a story that are told when it ends badly. */
const TOLD_LINES = 120

/** @throws Error with the story, when the clients break a law on the way or at the end */
export function holdLaws(script: Script): void {
  const { stackTraceLimit } = Error
  // A story says more than a stack, and the errors that clients make are many.
  Error.stackTraceLimit = 0
  try {
    run(new World(script))
  } catch (error) {
    throw new Error(`${String(error)}\n\n${storyOf(script)}`, { cause: error })
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function storyOf(script: Script): string {
  const story: string[] = []
  try {
    run(new World(script, story))
  } catch {
    // It is why the story is told.
  }
  const { steps: _, ...circumstances } = script
  return [JSON.stringify(circumstances), ...story.slice(-TOLD_LINES)].join('\n')
}

/** Plays the script, lets the world become well-behaved, and sees what has become of everything. */
function run(world: World): void {
  const { timeline } = world
  world.play()
  const calmMs = timeline.nowMs
  for (const client of world.clients) client.take({ type: 'connect' })
  timeline.runUntil(calmMs + SETTLED_AFTER_MS)
  beOpen(world)
  beInRooms(world)
  talk(world)
  stumble(world)
  beQuiet(world)
  demand(world.server.floods === 0, () => 'sends until the server ends the connection')
  for (const client of world.clients) demandSettled(client, calmMs)
  if (!world.hasFaults) for (const client of world.clients) demandKept(client)
  demandDelivered(world, world.hasFaults ? calmMs + SETTLED_AFTER_MS : 0)
}

/** Whoever is not closed is open. */
function beOpen({ clients }: World): void {
  for (const { name, state } of clients) {
    demand(state === 'open' || state === 'closed', () => `${name} is ${state} in a calm world`)
  }
}

/** The server has everybody where the app is, and the app knows whenever it was not. */
function beInRooms({ clients, server, hasFaults }: World): void {
  for (const { name, state, rooms } of clients) {
    if (state !== 'open') continue
    const there = server.roomsOf(name)
    for (const room of rooms.in) {
      demand(there.has(room), () => `${name} is not in ${room}, and its app is`)
      demand(!rooms.gaps.has(room), () => `${name} never says that it was out of ${room}`)
    }
    // A join that the server has failed at may be worked off after all, when the app has left.
    const isMore = there.size > rooms.in.size
    demand(hasFaults || !isMore, () => `${name} is in ${[...there].join()}, and its app is not`)
  }
}

/** Everybody sends something, and hears everybody. */
function talk(world: World): void {
  const open = world.clients.filter(({ state }) => state === 'open')
  const ids = open.map((client) => world.send(client, 'everyone', 2 * MINUTE))
  const shown = [world.publish(), ...ids.map((id) => `m-${id}`)]
  for (const room of ROOMS) {
    world.publish(room)
    for (const client of open)
      if (client.messages.maxPending > ROOMS.length) world.send(client, room, 2 * MINUTE)
  }
  world.timeline.runUntil(world.timeline.nowMs + DELIVERED_AFTER_MS)
  for (const client of open) {
    for (const id of shown) {
      demand(
        client.messages.shown.has(id),
        () => `${client.name} has not got ${id} in a calm world`,
      )
    }
  }
}

/** A server that is busy, and then one that fails, costs a few seconds and no more. */
function stumble(world: World): void {
  const client = world.clients.find(({ state }) => state === 'open')
  if (!client) return
  const settle = (count: number, withinMs: number): void => {
    const most = Math.min(count, client.messages.maxPending)
    const ids = Array.from({ length: most }, () => world.send(client, 'peer', 2 * MINUTE))
    world.timeline.runUntil(world.timeline.nowMs + withinMs)
    const late = ids.filter((id) => client.messages.sent.get(id)?.outcome === undefined)
    demand(
      late.length === 0,
      () => `${late.join()} are still under way after ${withinMs / SECOND} s`,
    )
  }
  world.server.mishaps.set(client.name, ['limited'])
  settle(3, 15 * SECOND)
  // It has become careful, and gathers speed again.
  settle(30, 9 * SECOND)
  world.server.mishaps.set(client.name, ['killed'])
  settle(3, 15 * SECOND)
}

/** Nobody says anything but news around each new connection, where a gap would be. */
function beQuiet(world: World): void {
  const { timeline } = world
  const news = [0, SECOND, 29 * SECOND, 31 * SECOND]
  let count = 0
  world.onConnected = () => {
    count += 1
    if (count > MOST_NEWS) return
    for (const afterMs of news) {
      for (const to of ['everyone', ...ROOMS] as const) {
        timeline.after(afterMs, () => void world.publish(to))
      }
    }
  }
  const fromMs = timeline.nowMs
  timeline.runUntil(fromMs + world.quietMs)
  world.onConnected = () => {}
  for (const client of world.clients) demandQuiet(world, client, fromMs + client.skewMs)
  timeline.runUntil(timeline.nowMs + DELIVERED_AFTER_MS)
  beOpen(world)
  beInRooms(world)
}

function demandQuiet(
  { hasLongTokens }: World,
  { name, sockets, skewMs }: ModelClient,
  fromMs: number,
): void {
  // One whose tokens seem to have ended already, or do so all the time, gets new ones all the time.
  if (!hasLongTokens || skewMs !== 0) return
  const pings = sockets.pings.filter((atMs) => atMs >= fromMs)
  for (const [index, atMs] of pings.entries()) {
    const count = pings.slice(index).filter((each) => each < atMs + HOUR).length
    demand(count <= MOST_PINGS_AN_HOUR, () => `${name} sends ${count} pings in an hour`)
  }
}

function demandSettled({ name, skewMs, messages, state }: ModelClient, calmMs: number): void {
  for (const { id, outcome, deadlineMs } of messages.sent.values()) {
    demand(outcome !== undefined, () => `${name} never says what became of ${id}`)
    const isOver = outcome instanceof SwitchboardError && outcome.code === 'TIMEOUT'
    if (!isOver || skewMs !== 0 || state === 'closed') continue
    const savedMs = deadlineMs - calmMs
    demand(savedMs < SAVED_WITHIN_MS, () => {
      return `${name} gives ${id} up, with ${savedMs / SECOND} s left in a calm world`
    })
  }
}

/** Nothing went wrong: what the server can do, it has done. */
function demandKept({ name, messages }: ModelClient): void {
  for (const { id, outcome, cancelledWith } of messages.sent.values()) {
    const isExcused =
      outcome === cancelledWith ||
      (outcome instanceof SwitchboardError && EXCUSES.has(outcome.code))
    demand(outcome === 'resolved' || isExcused, () => `${name} says ${String(outcome)} of ${id}`)
  }
}

/** What was accepted from then on is shown by all that were open, unless it was not for them. */
function demandDelivered(world: World, fromMs: number): void {
  for (const [accepted, audience] of world.audiences) {
    if (accepted.atMs < fromMs) continue
    const { id, sender, echo, to } = accepted
    for (const { name, messages, state, rooms } of audience) {
      if (to === 'you' || state === 'closed') continue
      // It may have left while the message was on its way.
      if (typeof to === 'object' && (rooms.leftMs.get(to.room) ?? 0) >= accepted.atMs) continue
      const isMeant = echo || name !== sender
      const isShown = messages.shown.has(id)
      demand(isShown || !isMeant, () => `${name} was open, and has missed ${id}`)
      demand(!isShown || isMeant, () => `${name} shows ${id}, its own, without echo`)
    }
  }
}
