import { setTimeout as sleep } from 'node:timers/promises'

/** Asks until the answer is one, for what happens soon but not at once. */
export async function eventually<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (Date.now() > deadline) throw new Error(`not within ${patienceMs} ms`)
    await sleep(10)
  }
}
