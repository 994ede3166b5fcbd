/** One thing that happened in the local runtime. Times are milliseconds. */
export type TraceEntry =
  | {
      readonly kind: 'handshake'
      readonly connectionId: string
      /** What the client saw: 101, or the status of the refusal. */
      readonly status: number
      readonly milliseconds: number
    }
  | {
      readonly kind: 'message'
      readonly connectionId: string
      /** Undefined: no route took it. */
      readonly routeKey: string | undefined
      readonly milliseconds: number
      /** What the gateway told the client instead of a reply. */
      readonly error?: string | undefined
      /** The reply was dropped: the client leaves too much unread. */
      readonly unread?: boolean
    }
  | {
      readonly kind: 'disconnect'
      readonly connectionId: string
      readonly code: number
      readonly reason: string
    }
  | {
      readonly kind: 'invocation'
      readonly functionName: string
      readonly coldStart: boolean
      readonly milliseconds: number
      /** The type of the error that ended it. */
      readonly error?: string | undefined
    }
  | {
      /** A call to @connections, DynamoDB, SQS, the logs or a function, by whom, and whether it was allowed. */
      readonly kind: 'call'
      /** Of a role's session or of the developer; for `sts:AssumeRole` the service that assumes it. */
      readonly principalArn: string
      readonly action: string
      readonly resource: string
      readonly allowed: boolean
    }
  | {
      /**
       * What AWS would bill a call by that has been carried out: DynamoDB's capacity units, or SQS's
       * requests of 64 KB.
       */
      readonly kind: 'consumed'
      readonly principalArn: string
      readonly action: string
      readonly resource: string
      readonly unit: 'read' | 'write' | 'request'
      readonly units: number
    }
  | {
      /** A function's call after its handler had returned, or under way then: on AWS it is frozen. */
      readonly kind: 'afterReturn'
      readonly functionName: string
      readonly action: string
      readonly resource: string
    }
  | {
      /** A mistake of the local runtime itself. */
      readonly kind: 'internalError'
      readonly error: string
    }
  | {
      /** Something that a rule let go wrong. */
      readonly kind: 'fault'
      readonly target: string
      readonly effect: string
    }
  | {
      /** A message that was received too often, and is in the dead-letter queue now. */
      readonly kind: 'deadLetter'
      readonly queueName: string
      readonly deadLetterQueueName: string
      readonly messageId: string
      readonly receiveCount: number
    }
  | {
      /** A message that its function did not receive: it has run too often in the message's chain. */
      readonly kind: 'recursiveLoop'
      readonly functionName: string
      readonly queueName: string
      readonly messageId: string
      /** Of the function, in the chain. */
      readonly invocations: number
    }
  | {
      /** A task that moves messages from a dead-letter queue to where they are tried again, at its end. */
      readonly kind: 'redrive'
      readonly queueName: string
      readonly status: 'COMPLETED' | 'CANCELLED' | 'FAILED'
      readonly moved: number
      readonly failureReason?: string | undefined
    }
  | {
      /** A line that arrived in a log group. */
      readonly kind: 'log'
      readonly functionName: string
      readonly logGroupName: string
      /** `platform` lines are Lambda's own: START, END, REPORT. */
      readonly source: 'platform' | 'function'
      readonly line: string
    }
  | {
      /** A line of the stage's access log. */
      readonly kind: 'log'
      readonly source: 'access'
      readonly functionName?: undefined
      readonly logGroupName: string
      readonly line: string
    }

/** Entries that are always kept; older ones go. */
const MAX_ENTRIES = 50_000

/** What happened, in order, for tests to ask and for the terminal to show. */
export class Trace {
  readonly #listeners = new Set<(entry: TraceEntry) => void>()
  #entries: TraceEntry[] = []

  /** At least the last 50,000 entries, if there were so many. */
  get entries(): readonly TraceEntry[] {
    return this.#entries
  }

  /** The entries of one kind. */
  ofKind<Kind extends TraceEntry['kind']>(kind: Kind): Extract<TraceEntry, { kind: Kind }>[] {
    return this.#entries.filter((entry): entry is Extract<TraceEntry, { kind: Kind }> => {
      return entry.kind === kind
    })
  }

  record(entry: TraceEntry): void {
    this.#entries.push(entry)
    // Cut rarely and by half: shifting one by one would cost as much as there are entries.
    if (this.#entries.length > 2 * MAX_ENTRIES) this.#entries = this.#entries.slice(-MAX_ENTRIES)
    for (const listener of this.#listeners) listener(entry)
  }

  /** Calls `listener` for every entry from now on. Returns the undo. */
  subscribe(listener: (entry: TraceEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
