import type { Clock } from '../clock.ts'
import type { InvocationResult } from './execution-environment.ts'
import { isWritten, jsonLine } from './json-log.mjs'
import type { FunctionFailure, JsonLogs, LogLevel } from './messages.ts'

/** What Lambda tells of an invocation that has ended. */
export interface InvocationReport {
  readonly requestId: string
  readonly result: InvocationResult
  /** Whether the environment has ended with it. */
  readonly ended: boolean
  readonly durationMs: number
  readonly billedMs: number
  readonly memoryMegabytes: number
  /** Undefined when the environment was warm. */
  readonly initMs: number | undefined
}

/** Lambda's own lines in a function's log. */
export interface PlatformLog {
  start(requestId: string): string[]
  end(report: InvocationReport): string[]
  /**
   * What the module threw outside of an invocation.
   *
   * @param requestId of the last invocation, if there was one
   */
  uncaught(failure: FunctionFailure, requestId: string | undefined): string[]
}

/** @param jsonLogs undefined for the text format */
export function platformLog(jsonLogs: JsonLogs | undefined, clock: Clock): PlatformLog {
  return jsonLogs ? new JsonPlatformLog(jsonLogs, clock) : new TextPlatformLog(clock)
}

class TextPlatformLog implements PlatformLog {
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  start(requestId: string): string[] {
    return [`START RequestId: ${requestId} Version: $LATEST`]
  }

  end(report: InvocationReport): string[] {
    const { requestId, result, ended, durationMs, billedMs, memoryMegabytes, initMs } = report
    const time = isoTime(this.#clock)
    return [
      ...(!result.ok && ended ? [`${time} ${requestId} ${result.errorMessage}`] : []),
      `END RequestId: ${requestId}`,
      [
        `REPORT RequestId: ${requestId}`,
        `Duration: ${durationMs.toFixed(2)} ms`,
        `Billed Duration: ${billedMs} ms`,
        `Memory Size: ${memoryMegabytes} MB`,
        ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
      ].join('\t'),
    ]
  }

  uncaught({ errorType, errorMessage, stack = '' }: FunctionFailure): string[] {
    const what = JSON.stringify({ errorType, errorMessage })
    return [`Uncaught Exception ${what}`, ...stack.split('\n')]
  }
}

/** With the records of Lambda's Telemetry API, each at the level that Lambda gives it. */
class JsonPlatformLog implements PlatformLog {
  readonly #levels: JsonLogs
  readonly #clock: Clock

  constructor(levels: JsonLogs, clock: Clock) {
    this.#levels = levels
    this.#clock = clock
  }

  start(requestId: string): string[] {
    return this.#line('INFO', 'platform.start', { requestId, version: '$LATEST' })
  }

  end(report: InvocationReport): string[] {
    const { requestId, result, durationMs, billedMs, memoryMegabytes, initMs } = report
    const status = describeStatus(result)
    const duration = { durationMs: rounded(durationMs) }
    const metrics = {
      ...duration,
      billedDurationMs: billedMs,
      memorySizeMB: memoryMegabytes,
      ...(initMs !== undefined && { initDurationMs: rounded(initMs) }),
    }
    const done = { requestId, ...status, metrics: duration }
    return [
      ...this.#line(result.ok ? 'DEBUG' : 'WARN', 'platform.runtimeDone', done),
      ...this.#line(result.ok ? 'INFO' : 'WARN', 'platform.report', {
        requestId,
        metrics,
        ...status,
      }),
    ]
  }

  uncaught(failure: FunctionFailure, requestId: string | undefined): string[] {
    const { errorType, errorMessage, stack = '' } = failure
    if (!isWritten('ERROR', this.#levels.applicationLogLevel)) return []
    const message = { errorType, errorMessage, stackTrace: stack.split('\n') }
    const head = { timestamp: isoTime(this.#clock), level: 'ERROR', requestId } as const
    return [jsonLine(head, [message])]
  }

  #line(level: LogLevel, type: string, record: object): string[] {
    if (!isWritten(level, this.#levels.systemLogLevel)) return []
    return [JSON.stringify({ time: isoTime(this.#clock), type, record })]
  }
}

function describeStatus(result: InvocationResult): { status: string; errorType?: string } {
  if (result.ok) return { status: 'success' }
  const { errorType } = result
  if (errorType === 'Sandbox.Timedout') return { status: 'timeout' }
  // `failure`: the runtime itself is gone.
  return { status: errorType === 'Runtime.ExitError' ? 'failure' : 'error', errorType }
}

function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}

/** To microseconds. */
function rounded(milliseconds: number): number {
  return Number(milliseconds.toFixed(3))
}
