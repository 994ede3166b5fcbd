export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'FATAL'

/** From which levels on a function's log has lines, when they are JSON. */
export interface JsonLogs {
  /** Of the function's console methods. */
  readonly applicationLogLevel: LogLevel
  /** Of Lambda's own lines. */
  readonly systemLogLevel: LogLevel
}

/** What an execution environment's worker thread is born with. */
export interface WorkerData {
  readonly codeDirectory: string
  /** `{path of the module}.{path of the export}` */
  readonly handler: string
  /** Whether the handler may answer by a callback in place of a promise. */
  readonly takesCallbacks: boolean
  /** From which level on console methods write, in JSON; undefined: all of them, as text. */
  readonly jsonLogLevel: LogLevel | undefined
  /** How far the local clock is ahead of the machine's, in milliseconds; it may change. */
  readonly clockOffset: Float64Array
  /** PEM: the certificate of the local gateway. */
  readonly certificate: string
  /** The part of the handler's context that is the same in every invocation. */
  readonly context: Readonly<Record<string, string>>
}

/** Starts one invocation. */
export interface ToWorker {
  readonly requestId: string
  /** JSON: a handler never shares an object with its caller. */
  readonly event: string
  /** Milliseconds since 1970 at which the invocation times out. */
  readonly deadlineMs: number
  /** For `_X_AMZN_TRACE_ID`. */
  readonly traceHeader: string
}

export type FromWorker =
  /** The module is loaded: the cold start is over. */
  | { readonly type: 'ready' }
  | { readonly type: 'log'; readonly text: string }
  /** JSON of what the handler returned. */
  | { readonly type: 'result'; readonly payload: string }
  | ({ readonly type: 'failure' } & FunctionFailure)

/** An error that a handler threw, or that ended its environment. */
export interface FunctionFailure {
  readonly errorType: string
  readonly errorMessage: string
  readonly stack?: string
}
