import type { TraceEntry } from '../../local/trace.ts'

/** What became of the connections, in numbers that do not grow with them. */
export interface Summary {
  readonly accepted: number
  /** Accepted, and not yet reported as ended. */
  readonly open: number
  readonly refused: number
  readonly messages: number
  /** Connections that ended without having been accepted, or twice. */
  readonly wronglyEnded: number
  readonly disconnects: number
  /** How often the fixture's function for `$disconnect` has run. */
  readonly disconnectInvocations: number
}

/** Counts what the trace tells, and keeps the ids of open connections only. */
export class Tally {
  readonly #open = new Set<string>()
  #accepted = 0
  #refused = 0
  #messages = 0
  #wronglyEnded = 0
  #disconnects = 0
  #disconnectInvocations = 0

  note(entry: TraceEntry): void {
    if (entry.kind === 'message') this.#messages += 1
    else if (entry.kind === 'invocation') this.#noteInvocation(entry.functionName)
    else if (entry.kind === 'disconnect') this.#noteEnd(entry.connectionId)
    else if (entry.kind === 'handshake' && entry.status !== 101) this.#refused += 1
    else if (entry.kind === 'handshake') {
      this.#accepted += 1
      this.#open.add(entry.connectionId)
    }
  }

  summary(): Summary {
    return {
      accepted: this.#accepted,
      open: this.#open.size,
      refused: this.#refused,
      messages: this.#messages,
      wronglyEnded: this.#wronglyEnded,
      disconnects: this.#disconnects,
      disconnectInvocations: this.#disconnectInvocations,
    }
  }

  #noteInvocation(functionName: string): void {
    if (functionName.includes('Disconnect')) this.#disconnectInvocations += 1
  }

  #noteEnd(connectionId: string): void {
    this.#disconnects += 1
    if (!this.#open.delete(connectionId)) this.#wronglyEnded += 1
  }
}
