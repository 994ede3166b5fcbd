import type { FaultPlan } from '../../../local/index.ts'
import { randomNumbers } from '../../../local/faults/random.ts'
import type { ClosedStack } from '../../support/closed-stack.ts'
import { Chance, DEVICES, ROOMS, USERS, type Act } from './acts.ts'
import { demand } from './demand.ts'
import { readTables } from './tables.ts'
import { World } from './world.ts'

const POST = { on: 'connections', operation: 'POST' } as const

/** What everything must outlive. */
export const BAD_DAY: FaultPlan['rules'] = [
  { ...POST, status: 429, probability: 0.1 },
  { ...POST, status: 500, probability: 0.05 },
  { ...POST, reset: 'before', probability: 0.005 },
  { ...POST, reset: 'after', probability: 0.005 },
  { on: 'queue', duplicate: true, probability: 0.05 },
  { on: 'disconnect', lose: true, probability: 0.4 },
  { on: 'dynamodb', status: 500, probability: 0.005 },
  { on: 'dynamodb', reset: 'after', probability: 0.005 },
  { on: 'sqs', reset: 'after', probability: 0.01 },
  ...[1, 2, 3, 4, 5, 6].flatMap((afterCalls) => [
    killed('*DeliverFunction*', afterCalls, 0.01),
    killed('*DisconnectFunction*', afterCalls, 0.03),
    killed('*RoomsFunction*', afterCalls, 0.01),
    killed('*', afterCalls, 0.002),
  ]),
]

/** A function is killed after so many calls of an invocation. */
function killed(
  functionId: string,
  afterCalls: number,
  probability: number,
): FaultPlan['rules'][number] {
  return { on: 'function', function: functionId, kill: { afterCalls }, probability }
}

/** Steps that a story tells when it ends badly. */
const TOLD_STEPS = 30

/** Longer than an item lives, and the longest until it is deleted. */
const ALL_HAS_EXPIRED = '4 hours'

export interface Story {
  readonly seed: number
  readonly steps: number
  readonly rules: FaultPlan['rules']
}

/**
 * Lets two users with two devices each do what comes to the seed's mind, on a bad day, and then
 * everything come to its end.
 *
 * @throws Error with the seed and the last steps, when the server breaks a promise
 */
export async function play(stack: ClosedStack, { seed, steps, rules }: Story): Promise<World> {
  const world = await World.on(stack)
  const chance = new Chance(world.model, randomNumbers(seed))
  const story: string[] = []
  const step = async (act: Act): Promise<void> => {
    story.push(`${story.length + 1}. ${Object.values(act).map(show).join(' ')}`)
    await world.play(act)
  }
  world.local.faults.set({ seed, rules })
  try {
    for (let count = 0; count < steps; count += 1) {
      await step(chance.nextAct(world.nowMs))
    }
    world.local.faults.clear()
    for (const act of farewell(world)) await step(act)
    demandNobodyLost(world)
    await demandAllExpires(world, step)
  } catch (error) {
    const told = story.slice(-TOLD_STEPS).join('\n')
    throw new Error(`seed ${seed} of ${steps} steps: ${String(error)}\n${told}`, { cause: error })
  }
  return world
}

/** Everybody is there, and everything is sent to once: so every lost connection is found. */
function* farewell({ model }: World): Generator<Act> {
  // One that has just been connecting is left in the tables for half a minute.
  yield { do: 'wait', seconds: 31 }
  for (const { device } of DEVICES) if (!model.live.has(device)) yield { do: 'connect', device }
  yield { do: 'publish', to: 'everyone' }
  for (const room of ROOMS) {
    for (const { device } of DEVICES) {
      yield { do: 'join', device, room, announce: true }
      yield { do: 'members', device, room }
    }
    yield { do: 'publish', to: { room } }
  }
  for (const user of USERS) yield { do: 'publish', to: { user } }
}

function demandNobodyLost({ model }: World): void {
  const lost = [...model.lost.keys()]
  demand(lost.length === 0, () => `in a table, although everybody was sent to: ${lost.join()}`)
}

/** Half of them leave with a word, and half without: of those, the tables know until they expire. */
async function demandAllExpires(world: World, step: (act: Act) => Promise<void>): Promise<void> {
  const { local } = world
  for (const [index, { device }] of DEVICES.entries()) {
    if (index === 2) local.faults.set({ rules: [{ on: 'disconnect', lose: true }] })
    await step({ do: index % 2 === 0 ? 'close' : 'cut', device })
  }
  const { connections } = await readTables(local)
  demand(connections.size > 0, () => 'a lost connection was taken out by nobody')
  await local.clock.advance(ALL_HAS_EXPIRED)
  const { dump } = await readTables(local)
  demand(dump === '[]', () => `still in the tables: ${dump}`)
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
