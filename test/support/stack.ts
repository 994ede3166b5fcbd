import { inject } from 'vitest'
import {
  startLocal,
  type Local,
  type StartLocalOptions,
  type TraceEntry,
} from '../../local/index.ts'
import { watchFrames } from './frame-watch.ts'
import { itemViolation, logViolation, messageViolation } from './privacy-watch.ts'

/** Violations that an error shows. */
const MAX_SHOWN = 5

/**
 * Runs the project's own stack, and holds it to the privacy contract: each line that is logged, each
 * message that is queued, and what is in the tables when somebody first writes there and at the end.
 * `close()` rejects with what may not be there, and with frames to a {@link TestClient} that are none of
 * the protocol.
 *
 * What the developer puts into a queue is the developer's own, and not looked at.
 *
 * @param options.assembly by default the stack as it deploys
 */
export async function startStack(options: Partial<StartLocalOptions> = {}): Promise<Local> {
  const watch = new PrivacyWatch()
  const local = await startLocal({
    assembly: inject('assembly'),
    ...options,
    onTrace: (entry) => {
      watch.note(entry)
      options.onTrace?.(entry)
    },
  })
  watch.begin(local)
  const frames = watchFrames(local.url)
  const close = local.close.bind(local)
  local.close = async () => {
    try {
      await watch.end()
    } finally {
      await close()
      frames.end()
    }
    watch.judge()
    frames.judge()
  }
  return local
}

class PrivacyWatch {
  readonly #violations = new Set<string>()
  readonly #looks: Promise<void>[] = []
  readonly #writers = new Set<string>()
  readonly #messageIds = new Set<string>()
  readonly #developersBodies = new Set<string>()
  #local: Local | undefined
  /** What is written from then on, the last look sees. */
  #isEnding = false

  begin(local: Local): void {
    this.#local = local
  }

  note(entry: TraceEntry): void {
    if (entry.kind === 'log') this.#add(logViolation(entry))
    if (entry.kind !== 'consumed') return
    if (entry.action.startsWith('sqs:SendMessage')) this.#lookAtQueues()
    const writer = `${entry.principalArn} ${entry.action}`
    if (this.#isEnding || entry.unit !== 'write' || this.#writers.has(writer)) return
    this.#writers.add(writer)
    this.#looks.push(this.#lookAtTables())
  }

  async end(): Promise<void> {
    this.#isEnding = true
    this.#lookAtQueues()
    await Promise.all(this.#looks)
    await this.#lookAtTables()
  }

  /** @throws Error when something is where it may not be */
  judge(): void {
    const found = [...this.#violations]
    if (found.length === 0) return
    const more = found.length > MAX_SHOWN ? `\n… and ${found.length - MAX_SHOWN} more` : ''
    throw new Error(
      `the privacy contract is broken:\n${found.slice(0, MAX_SHOWN).join('\n')}${more}`,
    )
  }

  async #lookAtTables(): Promise<void> {
    for (const item of (await this.#local?.storedItems()) ?? []) this.#add(itemViolation(item))
  }

  #lookAtQueues(): void {
    for (const message of this.#local?.queuedMessages() ?? []) {
      const { messageId, senderId, body } = message
      if (this.#messageIds.has(messageId)) continue
      this.#messageIds.add(messageId)
      // A function passes on what is no job.
      if (senderId.startsWith('AIDA')) this.#developersBodies.add(body)
      if (!this.#developersBodies.has(body)) this.#add(messageViolation(message))
    }
  }

  #add(violation: string | undefined): void {
    if (violation !== undefined) this.#violations.add(violation)
  }
}
