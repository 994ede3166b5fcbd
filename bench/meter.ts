import { setTimeout as sleep } from 'node:timers/promises'
import type { Local, TraceEntry } from '../local/index.ts'
import { NO_OPERATIONS, type Operations } from './prices.ts'

/** Nothing has happened for so long: what an event set off is over. */
const QUIET_MS = 200

/** Lambda's own lines about an invocation, in the two formats of logs. */
const START = /^START |"type":"platform\.start"/
const REPORT =
  /^REPORT .*\tBilled Duration: (?<milliseconds>\d+) ms\tMemory Size: (?<megabytes>\d+) MB/
const JSON_REPORT =
  /"type":"platform\.report".*"billedDurationMs":(?<milliseconds>\d+).*"memorySizeMB":(?<megabytes>\d+)/

/**
 * Counts what AWS would bill of what a local stack does. Messages are counted by the clients, who
 * see every frame and its size.
 */
export class Meter {
  #counts = { ...NO_OPERATIONS }
  #lastEntryAt = performance.now()
  #running = 0

  constructor(local: Local) {
    local.trace.subscribe((entry) => this.#note(entry))
  }

  countMessages(units: number): void {
    this.#counts.messages += units
  }

  /** Counts anew from here on. */
  restart(): void {
    this.#counts = { ...NO_OPERATIONS }
  }

  /** What has been counted, once all is quiet. */
  async read(): Promise<Operations> {
    for (;;) {
      const quietMs = performance.now() - this.#lastEntryAt
      if (quietMs >= QUIET_MS && this.#running === 0) return { ...this.#counts }
      await sleep(Math.max(1, QUIET_MS - quietMs))
    }
  }

  #note(entry: TraceEntry): void {
    this.#lastEntryAt = performance.now()
    if (entry.kind === 'consumed') {
      if (entry.unit === 'read') this.#counts.readUnits += entry.units
      if (entry.unit === 'write') this.#counts.writeUnits += entry.units
      if (entry.unit === 'request') this.#counts.queueRequests += entry.units
    }
    if (entry.kind === 'log' && entry.source === 'platform') this.#notePlatform(entry.line)
  }

  #notePlatform(line: string): void {
    if (START.test(line)) this.#running += 1
    const report = REPORT.exec(line) ?? JSON_REPORT.exec(line)
    if (!report) return
    const { milliseconds, megabytes } = report.groups ?? {}
    this.#running -= 1
    this.#counts.invocations += 1
    this.#counts.gigabyteSeconds += (Number(milliseconds) / 1000) * (Number(megabytes) / 1024)
  }
}
