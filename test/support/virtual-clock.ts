import { setImmediate as nextTurn } from 'node:timers/promises'

/** Turns of the event loop in which everything ends that waits for nothing but its turn. */
const TURNS = 4

interface Sleeper {
  readonly wakesMs: number
  readonly wake: () => void
}

/** A clock that stands, and goes on to the next who sleeps when everybody does. */
export class VirtualClock {
  nowMs: number
  readonly #sleepers: Sleeper[] = []
  #running = false

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  async sleep(milliseconds: number): Promise<void> {
    const wakesMs = this.nowMs + milliseconds
    const woken = new Promise<void>((resolve) => {
      this.#sleepers.push({ wakesMs, wake: resolve })
    })
    if (!this.#running) void this.#run()
    await woken
  }

  async #run(): Promise<void> {
    this.#running = true
    while (this.#sleepers.length > 0) {
      for (let turn = 0; turn < TURNS; turn += 1) await nextTurn()
      const first = Math.min(...this.#sleepers.map(({ wakesMs }) => wakesMs))
      this.nowMs = Math.max(this.nowMs, first)
      const index = this.#sleepers.findIndex(({ wakesMs }) => wakesMs === first)
      this.#sleepers.splice(index, 1)[0]?.wake()
    }
    this.#running = false
  }
}
