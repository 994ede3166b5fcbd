import { setTimeout as sleep } from 'node:timers/promises'

const TICK_MS = 10

/**
 * Does something so many times a second, `count` times in all. What is late is done at once: a slow
 * server does not lower the load.
 */
export async function pace(
  perSecond: number,
  count: number,
  signal: AbortSignal,
  work: (index: number) => void,
): Promise<void> {
  const started = performance.now()
  let done = 0
  while (done < count && !signal.aborted) {
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond) + 1
    while (done < Math.min(due, count)) {
      work(done)
      done += 1
    }
    await sleep(TICK_MS)
  }
}
