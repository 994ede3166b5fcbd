import { afterEach, describe, expect, inject, it } from 'vitest'
import type { Local } from '../../local/index.ts'
import { TestClient } from '../support/client.ts'
import { startClosedStack } from '../support/closed-stack.ts'
import { setVariable } from '../support/edited-assembly.ts'
import { startStack } from '../support/stack.ts'
import { ROOMS } from './model/acts.ts'
import { BAD_DAY, play } from './model/run.ts'
import { INLINE_LIMIT } from './model/world.ts'

/** `npm run test:nightly` */
const IS_LONG = process.env['CASES_FACTOR'] !== undefined
const STEPS = IS_LONG ? 2_000 : 150
/** In few steps, the last one meets much of what may happen. */
const SEEDS = IS_LONG ? [1, 2, 3, 4, 5] : [72]

const running: { close(): Promise<void> }[] = []

afterEach(() => Promise.all(running.splice(0).map((stack) => stack.close())))

describe('two users with two devices each, in three rooms, on a bad day,', () => {
  it.each(SEEDS)(
    `hear exactly what is for them in ${STEPS} steps, and leave nothing behind, with seed %i`,
    async (seed) => {
      const stack = await startClosedStack(inject('closedAssembly'), (template) => {
        // With so few recipients, some messages go behind the queue, and in several chunks.
        setVariable(template, 'INLINE_LIMIT', INLINE_LIMIT)
        setVariable(template, 'CHUNK_SIZE', 2)
      })
      running.push(stack)
      await play(stack, { seed, steps: STEPS, rules: BAD_DAY })
      const { trace } = stack.local
      expect(trace.ofKind('fault').length).toBeGreaterThan(STEPS / 5)
      expect(trace.ofKind('call').filter(({ allowed }) => !allowed)).toEqual([])
      expect(trace.ofKind('afterReturn')).toEqual([])
    },
    1_800_000,
  )
})

it('a room is another group under another key', async () => {
  const stacks = await Promise.all([startStack(), startStack()])
  running.push(...stacks)
  const [here, there] = await Promise.all(stacks.map(groupsOf))
  expect(new Set(here).size).toBe(ROOMS.length)
  expect(here?.filter((group) => there?.includes(group))).toEqual([])
})

/** What a stack calls the rooms. */
async function groupsOf({ url }: Local): Promise<unknown[]> {
  const client = await TestClient.connect(url)
  const groups: unknown[] = []
  for (const room of ROOMS) {
    const { group } = await client.request({ action: 'join', room })
    groups.push(group)
  }
  return groups
}
