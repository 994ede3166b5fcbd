import type { Identities, Principal } from '../access/identities.ts'
import type { Trace } from '../trace.ts'

/** Where a function's lines go. */
export interface LogStream {
  readonly functionName: string
  readonly logGroupName: string
  readonly logStreamName: string
  /** Who writes: the function's role. */
  readonly principal: Principal
}

/**
 * CloudWatch Logs, as far as functions write to it: a line arrives only if the function's role may
 * write it. Lines that it may not are lost, as on AWS.
 */
export class LogGroups {
  readonly #identities: Identities
  readonly #trace: Trace
  readonly #groups: Set<string>
  /** The streams that have been asked for, and whether each may be written. */
  readonly #streams = new Map<string, boolean>()

  constructor(identities: Identities, trace: Trace, logGroupNames: readonly string[]) {
    this.#identities = identities
    this.#trace = trace
    this.#groups = new Set(logGroupNames)
  }

  write(stream: LogStream, source: 'platform' | 'function', line: string): void {
    const { functionName, logGroupName, logStreamName } = stream
    const key = `${logGroupName}/${logStreamName}`
    const writable = this.#streams.get(key) ?? this.#open(stream)
    this.#streams.set(key, writable)
    if (writable) this.#trace.record({ kind: 'log', functionName, logGroupName, source, line })
  }

  #open(stream: LogStream): boolean {
    const group = this.#identities.account.arn('logs', `log-group:${stream.logGroupName}`)
    if (!this.#groups.has(stream.logGroupName)) {
      if (!this.#may(stream, 'logs:CreateLogGroup', group)) return false
      this.#groups.add(stream.logGroupName)
    }
    const resource = `${group}:log-stream:${stream.logStreamName}`
    return (
      this.#may(stream, 'logs:CreateLogStream', resource) &&
      this.#may(stream, 'logs:PutLogEvents', resource)
    )
  }

  #may({ principal }: LogStream, action: string, resource: string): boolean {
    return this.#identities.authorize(principal, action, resource) === undefined
  }
}
